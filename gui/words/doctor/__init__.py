"""What the scanner doctor says."""
