"""The tables of bridge.db, and the rules that the database itself keeps (docs/reliability.md: I4, I5, I6, I8, I10)."""

from __future__ import annotations

from agent.db.migrations import Schema
from agent.db.schema_audit import AUDIT
from agent.db.schema_erasure import ERASURE
from agent.db.schema_grants import GRANTS
from agent.db.schema_marks import MARKS
from agent.db.schema_orders import ORDERS

OUTBOX = """
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('earn', 'burn', 'order_status', 'snooze', 'outlet', 'menu_push')),
  lane TEXT NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT NOT NULL,
  ref_code TEXT NOT NULL,
  payload BLOB NOT NULL,                -- sealed JSON
  payload_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  member_uuid TEXT,
  member_identifier BLOB,               -- sealed
  member_fingerprint TEXT,
  points INTEGER CHECK (points >= 0),
  receipt TEXT,
  order_id TEXT,
  reverses TEXT REFERENCES outbox (id),
  urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
  settled_at INTEGER,
  not_before INTEGER,
  error_reason TEXT,
  error_message BLOB,                   -- sealed: a peer may quote what it was asked
  CHECK (CASE state
    WHEN 'pending' THEN outcome = iif(attempts = 0, 'queued', 'unknown')
    WHEN 'sending' THEN outcome = 'unknown' AND attempts > 0
    WHEN 'settled' THEN outcome = 'declined' OR (outcome = 'confirmed' AND attempts > 0)
    WHEN 'parked' THEN outcome IN ('declined', 'unknown')
    WHEN 'discarded' THEN outcome IN ('declined', 'unknown')
    ELSE 0 END),
  CHECK ((settled_at IS NOT NULL) = (state IN ('settled', 'discarded'))),
  CHECK ((error_reason IS NULL) = (error_message IS NULL)),
  CHECK ((member_identifier IS NULL) = (member_fingerprint IS NULL)),
  CHECK (member_uuid IS NULL OR member_identifier IS NULL),
  CHECK (kind NOT IN ('earn', 'burn') OR member_uuid IS NOT NULL OR member_identifier IS NOT NULL)
) STRICT;

-- A key is spent for ever, unless its intent ended without a byte of it having left.
CREATE UNIQUE INDEX outbox_ref_code ON outbox (ref_code) WHERE NOT (attempts = 0 AND state IN ('settled', 'discarded'));
CREATE UNIQUE INDEX outbox_reversal ON outbox (reverses)
  WHERE reverses IS NOT NULL AND NOT (attempts = 0 AND state IN ('settled', 'discarded'));
CREATE UNIQUE INDEX outbox_sending ON outbox (lane) WHERE state = 'sending';
CREATE INDEX outbox_due ON outbox (urgent DESC, seq, kind, lane) WHERE state = 'pending';
CREATE INDEX outbox_lane ON outbox (lane, seq) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_member ON outbox (member_uuid) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_fingerprint ON outbox (member_fingerprint) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_state ON outbox (state, seq);

CREATE TRIGGER outbox_is_fixed BEFORE UPDATE OF seq, id, kind, lane, ref_code, payload, payload_hash, created_at,
  member_uuid, member_identifier, member_fingerprint, points, receipt, order_id, reverses, urgent ON outbox
BEGIN SELECT RAISE(ABORT, 'an intent never changes'); END;

CREATE TRIGGER outbox_moves BEFORE UPDATE OF state, outcome, attempts ON outbox
WHEN NOT CASE OLD.state || '>' || NEW.state
  WHEN 'pending>sending' THEN NEW.attempts = OLD.attempts + 1
  WHEN 'parked>sending' THEN NEW.attempts = OLD.attempts + 1
  WHEN 'pending>settled' THEN NEW.attempts = 0 AND OLD.attempts = 0 AND NEW.outcome = 'declined'
  WHEN 'pending>discarded' THEN NEW.attempts = OLD.attempts
  WHEN 'parked>discarded' THEN NEW.attempts = OLD.attempts
  WHEN 'parked>pending' THEN NEW.attempts = OLD.attempts
  WHEN 'sending>settled' THEN NEW.attempts = OLD.attempts
  WHEN 'sending>parked' THEN NEW.attempts BETWEEN OLD.attempts - 1 AND OLD.attempts
  WHEN 'sending>pending' THEN NEW.attempts BETWEEN OLD.attempts - 1 AND OLD.attempts
  ELSE 0 END
BEGIN SELECT RAISE(ABORT, 'an entry cannot move like this'); END;

CREATE TRIGGER outbox_reverses_confirmed BEFORE INSERT ON outbox
WHEN NEW.reverses IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE id = NEW.reverses AND state = 'settled' AND outcome = 'confirmed')
BEGIN SELECT RAISE(ABORT, 'only what is confirmed can be reversed'); END;

CREATE TABLE retention (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), outbox_before INTEGER NOT NULL) STRICT;
INSERT INTO retention VALUES (1, 0);

CREATE TRIGGER outbox_stays BEFORE DELETE ON outbox
WHEN OLD.state NOT IN ('settled', 'discarded') OR OLD.settled_at >= (SELECT outbox_before FROM retention)
BEGIN SELECT RAISE(ABORT, 'only old entries at their end are deleted'); END;
"""

REST = """
CREATE TABLE sales (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  business_day TEXT NOT NULL,
  receipt TEXT NOT NULL,
  minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  claimable_until INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('claimable', 'claimed', 'voided', 'expired')),
  entry_id TEXT,
  CHECK (state <> 'claimed' OR entry_id IS NOT NULL),
  UNIQUE (business_day, receipt)
) STRICT;
CREATE INDEX sales_receipt ON sales (receipt, seq);
CREATE INDEX sales_claimable ON sales (claimable_until) WHERE state = 'claimable';
CREATE INDEX sales_voided ON sales (entry_id) WHERE state = 'voided' AND entry_id IS NOT NULL;
CREATE TRIGGER sales_are_fixed BEFORE UPDATE OF seq, business_day, receipt, minor, currency, occurred_at ON sales
BEGIN SELECT RAISE(ABORT, 'a sale never changes'); END;
CREATE TRIGGER sales_stay_voided BEFORE UPDATE OF state ON sales WHEN OLD.state = 'voided' AND NEW.state <> 'voided'
BEGIN SELECT RAISE(ABORT, 'a sale that was taken back stays so'); END;

CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,                 -- JSON list
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE pairings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  salt TEXT NOT NULL,
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  tries_left INTEGER NOT NULL CHECK (tries_left >= 0)
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  who BLOB NOT NULL,                    -- sealed
  what TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason BLOB NOT NULL                  -- sealed: people write names into it
) STRICT;
CREATE TRIGGER audit_is_fixed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;

CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""

BRIDGE = Schema(application_id=0x43425231, steps=(OUTBOX + ORDERS + REST, MARKS, ERASURE, AUDIT, GRANTS))
"""bridge.db; `CBR1`."""
