"""The counter: one page, the member, the keypad, the answer, the lists beside it, and the desk as a value behind them."""
