"""What the till API needs of the rest of the agent, as roles by subject; wiring hands in the real ones."""
