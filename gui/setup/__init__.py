"""The first hour of a till on the screen: eight steps, each held back until it is right, and a dated sheet at the end."""
