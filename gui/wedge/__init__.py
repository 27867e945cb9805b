"""Scanners that type: told apart from people, kept out of fields, read in any layout."""
