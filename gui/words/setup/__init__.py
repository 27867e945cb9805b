"""The words of set-up, settings, doctor and preflight, in the five languages."""
