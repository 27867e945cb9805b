"""What the agent says about the line, orders, the menu and this till, by its reason word, in the four other languages."""
