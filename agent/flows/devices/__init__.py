"""Everything plugged in: supervised, tried out, counted."""
