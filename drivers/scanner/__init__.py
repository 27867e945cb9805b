"""Scanners and the grammar of what they send."""
