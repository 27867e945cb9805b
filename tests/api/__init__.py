"""The till API and the webhook receiver over real sockets."""
