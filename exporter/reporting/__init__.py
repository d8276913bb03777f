"""What is behind the numbers: explained ticket by ticket, reported by period, held against the
vendor's own. Everything here only reads the store.
"""
