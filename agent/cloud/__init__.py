"""The way to Cata: one HTTP client, the wire contract and its gaps."""
