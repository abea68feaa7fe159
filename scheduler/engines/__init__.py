"""What decides when work runs."""
