"""Everything that the author of a connector needs, in one import."""

from connectors.contract import (
    ConfigurationError,
    Connector,
    ConnectorError,
    Fact,
    Fatal,
    Finding,
    Measures,
    Page,
    Reason,
    Rejection,
    Retriable,
    Settings,
    Told,
    Usage,
)
from connectors.records import Channel, Priority, Record, Removal, Removed, Status, Ticket

__all__ = [
    "Channel",
    "ConfigurationError",
    "Connector",
    "ConnectorError",
    "Fact",
    "Fatal",
    "Finding",
    "Measures",
    "Page",
    "Priority",
    "Reason",
    "Record",
    "Rejection",
    "Removal",
    "Removed",
    "Retriable",
    "Settings",
    "Status",
    "Ticket",
    "Told",
    "Usage",
]
