"""A whole outlet in one command, to try, to show and to check."""
