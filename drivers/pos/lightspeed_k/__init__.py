"""Lightspeed Restaurant K-Series (once iKentoo)."""
