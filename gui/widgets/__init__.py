"""The building blocks of the screen: plain text, buttons, badges, panels, rows and dialogs."""
