"""deskpulse.yaml: read with line marks, validated, every error with its line and its remedy."""

from exporter.config.loading import Config, SourceConfig, load, load_alerts
from exporter.config.problems import ConfigError, Problem
from exporter.config.values import HostPort

__all__ = ["Config", "ConfigError", "HostPort", "Problem", "SourceConfig", "load", "load_alerts"]
