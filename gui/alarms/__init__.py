"""What has to be heard and seen now."""
