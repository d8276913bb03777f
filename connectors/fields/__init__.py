"""Tickets out of named fields, for the sources that an operator describes: one table of facts.

settings    what a configuration says: which field holds which fact, and what its words mean
words       the vocabularies, ours and the operator's; why a value says nothing
flaws       what is wrong with the values of a record
ticket      the record that some facts make
measures    what can be told when these fields are named
simulated   the same facts of a ticket of the virtual desk, for simulators
"""
