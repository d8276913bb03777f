"""Tickets of Freshdesk, by time of change."""
