"""Request Tracker 5, polled over its REST API, version 2."""
