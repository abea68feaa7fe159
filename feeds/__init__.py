"""Turn feed URLs into entries: polite fetching, bounded parsing, stable identity.

This package knows nothing of posts, of X or of scheduling, and never imports `scheduler`.
"""
