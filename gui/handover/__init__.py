"""The end of a shift: what the next one has to know, on the screen and on paper."""
