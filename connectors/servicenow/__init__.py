"""ServiceNow incidents over the Table API, by keyset, with deletions from the audit."""
