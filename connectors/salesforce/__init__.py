"""Salesforce: cases, accounts and what accounts have agreed to pay, of one org."""
