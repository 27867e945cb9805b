"""What a POS tells, asked or by itself: sales, statuses, calls."""
