"""The other side of every wire that a driver talks to: small programs that speak bytes and can misbehave."""
