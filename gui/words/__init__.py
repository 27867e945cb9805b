"""The tables of sentences, one module a language or purpose."""
