"""The menu's way from the POS to the cloud, and what is sold out on it."""
