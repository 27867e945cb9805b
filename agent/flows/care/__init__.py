"""How the outlet is, what is wrong, and the chores that keep it well."""
