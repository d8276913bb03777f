"""Any helpdesk with a list of tickets over REST, described in the configuration."""
