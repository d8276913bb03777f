"""Public ways to tell a spike, on the same arrivals: each gives a score by five minutes, 1 being its
published threshold.

adaptive, robust: the two strategies of grafana/promql-anomaly-detection, on tickets a minute.
z-score: GitLab's, on the hour, against the same hour of the last four weeks.
oracle: knows the true local rate; what is left is chance.
"""
