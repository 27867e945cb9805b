"""The flat glyphs, painted from paths on a 16 grid so that any size and colour is sharp."""
