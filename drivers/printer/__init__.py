"""Printers over their transports."""
