"""Cata Bridge speaks to Acme POS."""
