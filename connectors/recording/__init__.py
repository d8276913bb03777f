"""Recordings of vendors: what they answered, without what must not be known."""
