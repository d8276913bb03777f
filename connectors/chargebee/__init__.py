"""Chargebee Billing: customers, and the subscriptions that they pay for."""
