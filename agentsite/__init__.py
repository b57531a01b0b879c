"""Configuration only: settings, addresses, entry points and the embedded database."""

__version__ = "0.1.0"
