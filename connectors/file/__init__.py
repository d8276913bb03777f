"""Tickets out of files: exports as CSV, JSON lines or Parquet, with a mapping of their columns."""
