"""The scanner doctor: how each scanner reads, what to do about it, and three codes to try it with."""
