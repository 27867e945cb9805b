"""What is printed on keys and what support asks for: the same in every language."""

from __future__ import annotations

SIGNS: dict[str, str] = {
    "key.esc": "Esc",
    "key.enter": "Enter",
    "key.f2": "F2",
    "key.f3": "F3",
    "key.ctrl_z": "Ctrl+Z",
    "code.offline": "NET-03",
    "code.agent_gone": "NET-04",
    "code.insufficient_points": "BRN-02",
    "code.burn": "BRN-01",
    "help.key.f1": "F1",
    "help.key.f2": "F2",
    "help.key.f3": "F3",
    "help.key.f4": "F4",
    "help.key.pages": "F5–F8, F10",
    "help.key.f9": "F9",
    "help.key.digits": "1–9",
    "help.key.enter": "Enter",
    "help.key.backspace": "Backspace",
    "help.key.ctrl_z": "Ctrl+Z",
    "help.key.esc": "Esc",
    "help.key.zoom": "Ctrl + −",
    "help.key.f11": "F11",
    "help.key.recall": "0",
    "help.key.lines": "↑ ↓",
    "key.f4": "F4",
    "key.f11": "F11",
    "key.zero": "0",
}
