"""The command line: a client of the running agent's till API, and the tools that work without one."""
