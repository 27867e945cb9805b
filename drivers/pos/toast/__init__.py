"""Toast."""
