"""Tickets of a Zammad, by time of change, each with its history."""
