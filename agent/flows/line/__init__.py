"""The way to the cloud: what is known of it, and the one sender that goes it."""
