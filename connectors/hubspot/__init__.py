"""HubSpot: tickets, companies and deals of one account."""
