"""When alerts would have fired over a stored past: the rules as they are, in a real Prometheus."""
