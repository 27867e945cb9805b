"""What the agent keeps: one database, one cache, one journal."""
