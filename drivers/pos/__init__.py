"""POS systems, one file each."""
