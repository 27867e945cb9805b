"""Deliverect."""
