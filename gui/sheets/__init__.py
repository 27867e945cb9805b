"""Sheets of paper that the screen makes: what is on one, how it looks on the screen, and the same as a PDF."""
