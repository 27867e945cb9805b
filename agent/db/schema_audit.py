"""The fourth step of bridge.db: every line of the audit is chained to the one before it."""

AUDIT = """
ALTER TABLE audit ADD COLUMN mark BLOB;
"""
"""Version 3 to version 4."""
