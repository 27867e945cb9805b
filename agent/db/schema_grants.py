"""The fifth step of bridge.db: discounts given without the cloud's word, counted when they are given, and who allows them."""

LAST_SWITCH = "(SELECT state FROM offline_switch ORDER BY seq DESC LIMIT 1)"

GRANTS = f"""
CREATE TABLE grants (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  entry_id TEXT NOT NULL UNIQUE,        -- the burn, which says whose points
  origin TEXT NOT NULL CHECK (origin IN ('granted', 'found')),  -- here, or in a burn of another home or of the journal
  points INTEGER NOT NULL CHECK (points > 0),
  minor INTEGER NOT NULL CHECK (minor >= 0),
  currency TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  process TEXT NOT NULL,                -- whose monotonic clock `ticks` is of
  ticks INTEGER NOT NULL,               -- milliseconds
  business_day TEXT NOT NULL,
  cap_minor INTEGER NOT NULL,           -- the till's cap that it was granted under
  day_limit INTEGER NOT NULL,           -- the member's
  ended TEXT CHECK (ended IN ('confirmed', 'shortfall', 'given_up')),
  ended_at INTEGER,
  closed INTEGER NOT NULL DEFAULT 0 CHECK (closed = 0 OR ended IS NOT NULL),  -- counts against no cap any more
  forgiven INTEGER NOT NULL DEFAULT 0,  -- a manager has switched on again since
  seen_at INTEGER,                      -- a person has heard of its loss
  CHECK ((ended IS NULL) = (ended_at IS NULL))
) STRICT;
CREATE INDEX grants_open ON grants (seq) WHERE closed = 0;
CREATE INDEX grants_day ON grants (business_day);
CREATE INDEX grants_lost ON grants (ended_at) WHERE ended IN ('shortfall', 'given_up');
CREATE INDEX outbox_burned ON outbox (settled_at) WHERE kind = 'burn' AND outcome = 'confirmed';

CREATE TABLE offline_switch (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('on', 'off')),
  why TEXT NOT NULL,
  terms TEXT NOT NULL DEFAULT ''        -- mark of the terms that it was switched on for
) STRICT;
CREATE TRIGGER offline_switch_is_fixed BEFORE UPDATE ON offline_switch BEGIN SELECT RAISE(ABORT, 'this is only added to'); END;
CREATE TRIGGER offline_switch_stays BEFORE DELETE ON offline_switch BEGIN SELECT RAISE(ABORT, 'this is only added to'); END;

CREATE TRIGGER grants_need_an_open_burn BEFORE INSERT ON grants
WHEN NOT EXISTS (SELECT 1 FROM outbox WHERE id = NEW.entry_id AND kind = 'burn' AND state NOT IN ('settled', 'discarded'))
BEGIN SELECT RAISE(ABORT, 'a grant belongs to a burn on its way'); END;

CREATE TRIGGER grants_need_the_switch BEFORE INSERT ON grants WHEN NEW.origin = 'granted' AND {LAST_SWITCH} IS NOT 'on'
BEGIN SELECT RAISE(ABORT, 'nobody allows grants'); END;

CREATE TRIGGER grants_keep_the_cap BEFORE INSERT ON grants
WHEN NEW.origin = 'granted' AND (SELECT total(minor) FROM grants WHERE closed = 0) + NEW.minor > NEW.cap_minor
BEGIN SELECT RAISE(ABORT, 'this till has granted all it may'); END;

CREATE TRIGGER grants_keep_to_the_members_limit BEFORE INSERT ON grants
WHEN NEW.origin = 'granted' AND (
  EXISTS (
    SELECT 1 FROM grants AS g INDEXED BY grants_open CROSS JOIN outbox AS o ON o.id = g.entry_id
    WHERE g.closed = 0 AND o.member_uuid = (SELECT member_uuid FROM outbox WHERE id = NEW.entry_id))
  OR NEW.day_limit <= (
    SELECT count(*) FROM grants AS g INDEXED BY grants_day CROSS JOIN outbox AS o ON o.id = g.entry_id
    WHERE g.business_day = NEW.business_day AND o.member_uuid = (SELECT member_uuid FROM outbox WHERE id = NEW.entry_id)))
BEGIN SELECT RAISE(ABORT, 'this member has been granted enough'); END;

CREATE TRIGGER grants_are_fixed BEFORE UPDATE OF seq, id, entry_id, origin, points, minor, currency, granted_at, process, ticks,
  business_day, cap_minor, day_limit ON grants
BEGIN SELECT RAISE(ABORT, 'a grant never changes'); END;
CREATE TRIGGER grants_end_once BEFORE UPDATE OF ended, ended_at ON grants WHEN OLD.ended IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a grant ends once'); END;
CREATE TRIGGER grants_stay_closed BEFORE UPDATE OF closed ON grants WHEN OLD.closed = 1 AND NEW.closed = 0
BEGIN SELECT RAISE(ABORT, 'a closed grant stays so'); END;
CREATE TRIGGER grants_stay BEFORE DELETE ON grants BEGIN SELECT RAISE(ABORT, 'grants are only added to'); END;

-- A grant ends with its burn, whoever ends that.
CREATE TRIGGER grants_end_with_their_burn AFTER UPDATE OF state ON outbox
WHEN NEW.kind = 'burn' AND NEW.state IN ('settled', 'discarded')
BEGIN
  UPDATE grants SET ended_at = NEW.settled_at, ended = CASE
    WHEN NEW.state = 'discarded' THEN 'given_up' WHEN NEW.outcome = 'confirmed' THEN 'confirmed' ELSE 'shortfall' END
  WHERE entry_id = NEW.id AND ended IS NULL;
END;

-- The caps are free again once the cloud has settled all of them: a line that comes and goes frees nothing.
CREATE TRIGGER grants_close AFTER UPDATE OF ended ON grants
WHEN NEW.ended IN ('confirmed', 'shortfall') AND NOT EXISTS (SELECT 1 FROM grants WHERE closed = 0 AND ended IS NULL)
BEGIN UPDATE grants SET closed = 1 WHERE closed = 0; END;

-- Three losses within 30 days, or one that a person gave up, switch the mode off.
CREATE TRIGGER offline_switch_off AFTER UPDATE OF ended ON grants
WHEN {LAST_SWITCH} = 'on' AND (NEW.ended = 'given_up' OR (NEW.ended = 'shortfall' AND (
  SELECT count(*) FROM grants WHERE ended = 'shortfall' AND forgiven = 0 AND ended_at > NEW.ended_at - 2592000000) >= 3))
BEGIN
  INSERT INTO offline_switch (at, state, why) VALUES (
    NEW.ended_at, 'off', CASE NEW.ended WHEN 'given_up' THEN 'given_up' ELSE 'shortfalls' END);
END;
"""
"""Version 4 to version 5."""
