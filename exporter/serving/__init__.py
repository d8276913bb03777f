"""From a snapshot of the store to bytes on the network."""
