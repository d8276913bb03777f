"""What is known and what was counted, kept in one database; see `Store`."""

from exporter.store.database import StoreError
from exporter.store.store import Key, Series, Snapshot, SourceState, Store

__all__ = ["Key", "Series", "Snapshot", "SourceState", "Store", "StoreError"]
