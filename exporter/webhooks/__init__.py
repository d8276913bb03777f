"""Webhooks: a signed message that wakes a poll, and brings nothing else."""
