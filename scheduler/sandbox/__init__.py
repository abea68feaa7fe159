"""A stand-in for Ayrshare on this machine: the same HTTP contract, faults on demand, and a page to look at.

It follows Ayrshare's public API documentation and keeps everything in memory. It never stores a key: of what
arrives in headers it keeps fingerprints.
"""
