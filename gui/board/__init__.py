"""The pages where orders are worked: the board and the kitchen screen."""
