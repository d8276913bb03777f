"""Certification: rules that every connector is held against, and the evidence that it keeps them.

candidate   the connector, the simulator and the package that are to be certified
line        one source from the simulator's clock to its samples, through the real pipeline
bench       where a rule works: lines on desks, in a folder of its own
scale       every rule with its tier, and what may come of it
rules/      the checks themselves, by subject
suite       runs the rules
quality     quality.yaml: what came of them, and what a person exempts
plugin      the same suite for pytest
hostile/    a small vendor that keeps every rule, and a flaw for each of them
"""
