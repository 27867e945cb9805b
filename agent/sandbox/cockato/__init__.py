"""The practice Cockato: its own programme, customers and answers beside those of Cata, at the same address."""
