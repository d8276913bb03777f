"""Tickets, customers and subscriptions out of any SQL database, by queries of the operator's."""
