"""A whole outlet in one command, to try, to show and to check."""

from agent.demo.run import run_demo

__all__ = ["run_demo"]
