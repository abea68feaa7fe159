"""How X reads a text: its links, tags and emoji, and the length that it counts.

Source: X's twitter-text, version 3, whose conformance suite holds for every module here.
"""
