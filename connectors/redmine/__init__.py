"""Redmine 5, polled over its REST API."""
