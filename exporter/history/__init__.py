"""The weeks before the first scrape: what was observed, as samples that Prometheus can take in."""
