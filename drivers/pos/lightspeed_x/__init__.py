"""Lightspeed Retail X-Series, which was Vend."""
