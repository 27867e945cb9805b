"""The one window with its bar, bands and foot, the tray, and the small pages."""
