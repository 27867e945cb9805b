"""What is kept: the outbox, orders, sales, tokens and the audit, all in one durable file."""
