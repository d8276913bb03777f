"""Customers: what is known of each, when it began and left, and what it pays. Pure."""
