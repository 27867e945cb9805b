"""Atlas Kitchen."""
