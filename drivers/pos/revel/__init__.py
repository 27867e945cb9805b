"""Revel Systems."""
