"""What the store raises where it cannot be used."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used: what is wrong with it, and what to do."""
