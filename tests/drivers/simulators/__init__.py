"""POS vendors as real servers: built from their contracts, strict on what is documented, permissive on what is not."""
