"""The third step of bridge.db: who an entry was for may be forgotten once it has ended, and nothing else of it."""

ERASURE = """
DROP TRIGGER outbox_is_fixed;
CREATE TRIGGER outbox_is_fixed BEFORE UPDATE OF seq, id, kind, lane, ref_code, payload, payload_hash, created_at,
  member_uuid, member_identifier, member_fingerprint, points, receipt, order_id, reverses, urgent ON outbox
WHEN NOT (OLD.state IN ('settled', 'discarded') AND NEW.member_uuid IS 'erased' AND NEW.member_identifier IS NULL
  AND NEW.member_fingerprint IS NULL AND NEW.lane IN (OLD.lane, 'member:erased')
  AND NEW.seq = OLD.seq AND NEW.id = OLD.id AND NEW.kind = OLD.kind AND NEW.ref_code = OLD.ref_code
  AND NEW.payload_hash = OLD.payload_hash AND NEW.created_at = OLD.created_at AND NEW.points IS OLD.points
  AND NEW.receipt IS OLD.receipt AND NEW.order_id IS OLD.order_id AND NEW.reverses IS OLD.reverses AND NEW.urgent = OLD.urgent)
BEGIN SELECT RAISE(ABORT, 'an intent never changes'); END;

DROP TRIGGER outbox_mark_is_fixed;
CREATE TRIGGER outbox_mark_is_fixed BEFORE UPDATE OF mark ON outbox WHEN OLD.mark IS NOT NULL AND OLD.member_uuid IS NOT 'erased'
BEGIN SELECT RAISE(ABORT, 'a mark never changes'); END;
"""
"""Version 2 to version 3."""
