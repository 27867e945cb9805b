"""Words, values and rules of the product; imports the standard library only."""
