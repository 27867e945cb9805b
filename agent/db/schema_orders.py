"""The tables of orders: the order, its deliveries, its hand-offs, and events that mean nothing to us yet."""

ORDERS = """
CREATE TABLE orders (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,              -- one ticket per order id
  status TEXT NOT NULL CHECK (status IN
    ('PAID', 'ACCEPTED', 'IN_PROGRESS', 'READY', 'DRIVER_PICKED_UP', 'COMPLETED', 'REJECTED', 'CANCELLED')),
  status_at INTEGER,
  received_at INTEGER NOT NULL,
  promised_at INTEGER,                  -- only when staff promised another time than the order did
  deliveries INTEGER NOT NULL DEFAULT 1 CHECK (deliveries > 0),
  pos_order_id TEXT,
  paid BLOB NOT NULL,                   -- sealed JSON
  raw BLOB,                             -- sealed; NULL once erased
  problems BLOB                         -- sealed JSON list
) STRICT;
CREATE INDEX orders_open ON orders (seq) WHERE status NOT IN ('COMPLETED', 'REJECTED', 'CANCELLED');
CREATE INDEX orders_raw ON orders (received_at) WHERE raw IS NOT NULL;
CREATE TRIGGER orders_are_fixed BEFORE UPDATE OF seq, id, received_at ON orders
BEGIN SELECT RAISE(ABORT, 'an order never changes'); END;
CREATE TRIGGER orders_end BEFORE UPDATE OF status ON orders
WHEN OLD.status IN ('COMPLETED', 'REJECTED', 'CANCELLED') OR NEW.status = 'PAID'
BEGIN SELECT RAISE(ABORT, 'an order does not come back from its end'); END;

CREATE TABLE deliveries (
  delivery_id TEXT NOT NULL,
  order_id TEXT NOT NULL REFERENCES orders (id),
  received_at INTEGER NOT NULL,
  PRIMARY KEY (delivery_id, order_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE handoffs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL REFERENCES orders (id),
  target TEXT NOT NULL CHECK (target IN ('printer', 'pos')),
  device TEXT NOT NULL,
  copy INTEGER NOT NULL CHECK (copy > 0),
  state TEXT NOT NULL CHECK (state IN ('due', 'started', 'done', 'uncertain', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  error TEXT NOT NULL DEFAULT '',
  UNIQUE (order_id, target, device, copy)
) STRICT;
CREATE INDEX handoffs_undone ON handoffs (state, id) WHERE state IN ('due', 'started', 'uncertain');
CREATE TRIGGER handoffs_are_fixed BEFORE UPDATE OF id, order_id, target, device, copy ON handoffs
BEGIN SELECT RAISE(ABORT, 'a hand-off never changes'); END;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event TEXT NOT NULL,
  delivery_id TEXT UNIQUE,
  received_at INTEGER NOT NULL,
  raw BLOB                              -- sealed; NULL once erased
) STRICT;
"""
"""A part of the first migration."""
