"""Members and their points: earn, burn, reverse, visits, sales, with and without a connection."""
