"""Displays that the customer sees."""
