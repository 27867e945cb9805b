"""Setting a till up: what the command line asks in the terminal and the screen shows as a wizard, done once below both."""
