"""Turn feed entries into posts, and send each one with its customer's own keys at fire time."""
