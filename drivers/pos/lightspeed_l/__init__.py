"""Lightspeed Restaurant L-Series (once POSIOS): experimental, since nothing but recorded traffic describes it."""
