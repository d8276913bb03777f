"""A small vendor whose connector keeps every rule, and a flaw for each rule that breaks it.

It is there to test the rules, and no vendor that discovery finds.
"""
