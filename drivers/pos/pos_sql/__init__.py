"""A POS whose database may be read: catalogue and sales by queries of its own, and nothing is ever written."""
