"""The second step of bridge.db: a mark on every row that is acted on, and a place for rows that fail it."""

MARKS = """
ALTER TABLE outbox ADD COLUMN mark BLOB;
ALTER TABLE orders ADD COLUMN mark BLOB;

-- Rows from before there were marks; they get theirs at the next start. No other row may be without one.
CREATE TABLE unmarked (
  what TEXT NOT NULL CHECK (what IN ('entry', 'order')),
  place INTEGER NOT NULL,
  PRIMARY KEY (what, place)
) STRICT, WITHOUT ROWID;
INSERT INTO unmarked SELECT 'entry', seq FROM outbox;
INSERT INTO unmarked SELECT 'order', seq FROM orders;

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('entry', 'order', 'line')),
  place INTEGER NOT NULL,               -- seq of the row, or number of the journal's line
  subject TEXT NOT NULL,                -- the id as it was read
  found BLOB NOT NULL,                  -- sealed JSON of what was read
  seen_at INTEGER,                      -- a person has heard of it
  closed_at INTEGER                     -- put back from the journal
) STRICT;
CREATE UNIQUE INDEX quarantine_open ON quarantine (what, place) WHERE closed_at IS NULL;

CREATE TRIGGER outbox_mark_is_fixed BEFORE UPDATE OF mark ON outbox WHEN OLD.mark IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a mark never changes'); END;

DROP TRIGGER outbox_stays;
CREATE TRIGGER outbox_stays BEFORE DELETE ON outbox
WHEN (OLD.state NOT IN ('settled', 'discarded') OR OLD.settled_at >= (SELECT outbox_before FROM retention))
  AND NOT EXISTS (SELECT 1 FROM quarantine WHERE what = 'entry' AND place = OLD.seq AND closed_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'only old entries at their end, or damaged ones set aside, are deleted'); END;
"""
"""Version 1 to version 2."""
