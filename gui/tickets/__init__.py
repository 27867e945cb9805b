"""A ticket: what it says, how it is drawn, what has changed on it."""
