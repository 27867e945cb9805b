"""A whole agent against the practice cloud, over real sockets."""
