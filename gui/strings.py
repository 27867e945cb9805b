"""Every sentence that people see, by key; English now, other languages are further tables with the same keys."""

from __future__ import annotations

from gui.words import customer
from gui.words.english import WORDS

_TABLES = {"en": WORDS}
_current = ["en"]


def tr(key: str, **values: object) -> str:
    """The sentence behind a key with its values filled in; a missing key raises KeyError."""
    words = _TABLES[_current[0]].get(key) or WORDS[key]
    return words.format(**values) if values else words


def known(key: str) -> bool:
    """Whether there is a sentence under a key made from somebody else's word."""
    return key in WORDS


def languages() -> list[tuple[str, str]]:
    """Languages that a customer can be answered in, with their own names."""
    return [(code, customer.NAMES[code]) for code in customer.SENTENCES]


def tell_customer(language: str, key: str, **values: object) -> str:
    """What staff say to the customer, in the customer's language."""
    return customer.SENTENCES[language][key].format(**values)
