"""The fourth step of bridge.db: the audit is a chain, and points given by hand are counted quickly."""

AUDIT = """
ALTER TABLE audit ADD COLUMN mark BLOB;
CREATE INDEX outbox_by_hand ON outbox (created_at) WHERE kind = 'earn' AND receipt IS NULL AND reverses IS NULL;
"""
"""Version 3 to version 4."""
