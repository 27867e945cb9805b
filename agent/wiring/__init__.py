"""The composition root: out of home, settings and secrets comes a built agent; the only place that names concrete classes."""
