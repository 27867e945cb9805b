"""Square: catalogue, paid orders, sales and webhooks over its public API."""
