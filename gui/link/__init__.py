"""The way to the agent: where it is, calls, the stream of events, and JSON that is read without being trusted."""
