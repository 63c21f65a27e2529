"""The version of Townscape."""

__version__ = "0.1.0"
