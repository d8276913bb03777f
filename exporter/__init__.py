"""What we measure and publish: observations, the store, the page for Prometheus, the command."""
