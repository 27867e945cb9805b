"""The two listeners: the till API for everything in the shop, the webhook receiver for signed deliveries."""
