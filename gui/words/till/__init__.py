"""Names of the settings of the till itself that are set once or never, in four languages; English is read off the key."""
