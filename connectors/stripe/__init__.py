"""Stripe Billing: customers, subscriptions, and what they pay a month."""
