"""The page "Not sent yet"."""
