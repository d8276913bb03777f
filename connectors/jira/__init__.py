"""Jira Service Management Cloud."""
