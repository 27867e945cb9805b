"""Benchmarks: each measures one promise together with its floor, in the same run; nothing here is asserted."""
