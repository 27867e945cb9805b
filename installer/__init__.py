"""How the program is frozen, checked and packed for each system."""
