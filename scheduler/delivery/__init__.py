"""The outside world at fire time: Vault, Ayrshare, and what to make of their answers."""
