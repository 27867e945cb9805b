"""Lines that carry bytes: serial and TCP."""
