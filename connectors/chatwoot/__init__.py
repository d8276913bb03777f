"""Conversations of a Chatwoot account, by their last activity, each with its messages."""
