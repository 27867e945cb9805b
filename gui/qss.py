"""The style sheet of the whole application, written from the tokens."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from gui.style import Look, token

TONES = (
    "ink", "ink2", "dis", "accent", "on_accent", "ok", "attention", "late", "offline", "surface",
    "ok.on_solid", "attention.on_solid", "late.on_solid", "offline.on_solid",
)  # fmt: skip


def sheet(look: Look) -> str:
    """Style sheet for a look; fonts are set on the widgets and never here."""
    p = look.palette
    border = 2 if look.high_contrast else 1
    labels = "\n".join(f'QLabel[tone="{tone}"] {{ color: {token(p, tone)}; }}' for tone in TONES)
    return f"""
QWidget {{ color: {p.ink}; }}
QMainWindow, QDialog, QWidget[part="page"] {{ background: {p.bg}; }}
QDialog {{ background: {p.surface}; border: 1px solid {p.edge}; }}
QLabel {{ background: transparent; border: none; }}
{labels}
QFrame[part="panel"] {{ background: {p.surface}; border: {border}px solid {p.line}; border-radius: 12px; }}
QFrame[part="panel"][state="late"] {{ border: 2px solid {p.late.text}; }}
QFrame[part="panel"][state="attention"] {{ border: 2px solid {p.attention.text}; }}
QFrame[part="panel"][state="ok"] {{ border: 2px solid {p.ok.text}; }}
QFrame[part="panel"][state="new"] {{ border: 4px solid {p.accent}; }}
QFrame[part="accent"] {{ background: {p.accent}; border: none; border-top-left-radius: 8px; border-top-right-radius: 8px; }}
QFrame[part="bar"] {{ background: {p.surface}; border: none; border-bottom: {border}px solid {p.line}; }}
QFrame[part="foot"] {{ background: {p.surface}; border: none; border-top: {border}px solid {p.line}; }}
QFrame[part="undo"] {{ background: {p.offline.tint}; border: none; border-top: {border}px solid {p.line};
  border-bottom-left-radius: 11px; border-bottom-right-radius: 11px; }}
QFrame[part="banner"][state="training"] {{ background: {p.ink}; border: none; }}
QFrame[part="rail"] {{ background: {p.surface}; border: none; border-right: {border}px solid {p.line}; }}
QFrame[part="code"] {{ background: {p.surface}; border: 3px solid {p.accent}; border-radius: 12px; }}
QFrame[part="code"][state="ok"] {{ border: 2px solid {p.ok.text}; }}
{_rows(look)}
QFrame[part="line"] {{ background: {p.line}; border: none; }}
{_strips(look)}
QLineEdit {{ background: {p.surface}; color: {p.ink}; border: 2px solid {p.edge}; border-radius: 8px; padding: 0 16px;
  selection-background-color: {p.accent}; selection-color: {p.on_accent}; placeholder-text-color: {p.ink2}; }}
QLineEdit:focus {{ border: 3px solid {p.focus}; padding: 0 15px; }}
QLineEdit:disabled {{ background: {p.sunk}; color: {p.dis}; border-color: {p.line}; }}
QLineEdit[part="inline"] {{ border: none; border-radius: 4px; padding: 0 4px; background: transparent; }}
QLineEdit[part="inline"]:focus {{ border: 2px solid {p.focus}; padding: 0 2px; }}
QScrollArea, QScrollArea > QWidget > QWidget[part="inside"] {{ background: transparent; border: none; }}
QScrollArea:focus {{ border: 2px solid {p.focus}; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {p.edge}; border-radius: 4px; margin: 2px; min-height: 40px; min-width: 40px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  background: none; border: none; height: 0; width: 0; }}
QMenu {{ background: {p.surface}; border: 1px solid {p.edge}; padding: 8px 0; }}
QMenu::item {{ padding: 12px 20px; background: transparent; color: {p.ink}; }}
QMenu::item:selected {{ background: {p.accent_tint}; color: {p.ink}; }}
QMenu::separator {{ height: 1px; background: {p.line}; margin: 4px 0; }}
QToolTip {{ background: {p.surface}; color: {p.ink}; border: 1px solid {p.edge}; padding: 4px 8px; }}
"""


def _rows(look: Look) -> str:
    """Rows that stand close and look like one panel: the first and the last bring its round corners."""
    p, thin = look.palette, 2 if look.high_contrast else 1
    lines = [f'QFrame[part="row"][chosen="true"] {{ background: {p.accent_tint}; border-left: 4px solid {p.accent}; }}']
    for state, colour, width in (("", p.line, thin), ("late", p.late.text, 2)):
        row, edge = f'QFrame[part="row"][state="{state}"]', f"{width}px solid {colour}"
        top = f"border-top: {edge}; border-top-left-radius: 12px; border-top-right-radius: 12px;"
        foot = f"border-bottom: {edge}; border-bottom-left-radius: 12px; border-bottom-right-radius: 12px;"
        sides = f"border-left: {edge}; border-right: {edge}; border-top: 1px solid {p.line};"
        lines.insert(0, f"{row} {{ background: {p.surface}; {sides} }}")
        lines.insert(1, f'{row}[place="first"], {row}[place="only"] {{ {top} }}')
        lines.insert(2, f'{row}[place="last"], {row}[place="only"] {{ {foot} }}')
    return "\n".join(lines)


def _strips(look: Look) -> str:
    p = look.palette
    lines = []
    for name in ("ok", "attention", "late", "offline"):
        tint, text, solid = token(p, f"{name}.tint"), token(p, name), token(p, f"{name}.solid")
        edge = f"border: 2px solid {text};" if look.high_contrast else "border: none;"
        lines.append(f'QFrame[part="strip"][state="{name}"] {{ background: {tint}; {edge} border-radius: 6px; }}')
        lines.append(f'QFrame[part="flat"][state="{name}"] {{ background: {tint}; {edge} border-radius: 0; }}')
        lines.append(f'QFrame[part="alarm"][state="{name}"] {{ background: {solid}; border: none; border-radius: 6px; }}')
        lines.append(f'QFrame[part="banner"][state="{name}"] {{ background: {solid}; border: none; }}')
    lines.append(f'QFrame[part="flat"][state="lit"] {{ background: {p.attention.solid}; border: none; border-radius: 0; }}')
    return "\n".join(lines)


def dress(look: Look) -> None:
    """Give every widget of the program this look."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        if app.styleSheet() != sheet(look):
            app.setStyleSheet(sheet(look))
        app.setFont(look.font(16))
