"""The settings of a till on the screen, with what a policy has decided shown locked."""
