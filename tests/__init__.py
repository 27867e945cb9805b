"""Tests of Cata Bridge."""
