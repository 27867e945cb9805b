"""How everything looks: tokens, style sheet, and what this screen likes."""
