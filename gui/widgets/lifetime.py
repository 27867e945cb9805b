"""What a widget still waits for when another look or language has built its page anew."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.link.client import Answer, Done


def while_there(widget: QWidget, done: Done) -> Done:
    """`done` as long as the widget is there; an answer that comes after it is told to nobody."""
    there = [True]
    widget.destroyed.connect(there.clear)

    def told(answer: Answer) -> None:
        if there:
            done(answer)

    return told
