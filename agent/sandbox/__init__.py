"""The practice cloud: Cata's contract with a ledger that can be looked at and a line that can be cut."""
