"""The screen: a tray icon and windows that are only ever a client of the agent's till API."""
