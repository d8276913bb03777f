"""Conversations of Intercom, by time of change."""
