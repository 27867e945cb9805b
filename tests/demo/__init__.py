"""The demo: a whole outlet in one command."""
