"""Reads sales off the receipts on their way from a POS to its printer, without being in the way."""
