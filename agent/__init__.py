"""The headless half of Cata Bridge: it owns the database, the devices, the secrets and the network."""

__version__ = "0.1.0"
