"""Every sentence that people see, by key, in the language that this screen speaks; switched while it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.core.clouds import CATA
from agent.core.sentence import NO_VALUES, Values, reason_of, values_of
from gui.words import chinese, customer, english, indonesian, malay, tamil
from gui.words.signs import SIGNS

TABLES: Mapping[str, Mapping[str, str]] = {
    "en": english.WORDS,
    "zh": chinese.WORDS,
    "ms": malay.WORDS,
    "ta": tamil.WORDS,
    "id": indonesian.WORDS,
}
REASONS: Mapping[str, Mapping[str, str]] = {
    "zh": chinese.REASONS,
    "ms": malay.REASONS,
    "ta": tamil.REASONS,
    "id": indonesian.REASONS,
}
"""What the agent says, by its reason word; the agent itself speaks English."""
NAMES = {"en": "English", "zh": "简体中文", "ms": "Bahasa Melayu", "ta": "தமிழ்", "id": "Bahasa Indonesia"}
"""Each language in its own words, so that whoever is lost finds the way back."""
THE_CLOUD = re.compile(rf"(?<![A-Za-z]){CATA.name}(?![A-Za-z])(?! Bridge)")
_current = ["en"]
_cloud = [CATA.name]


class Phrase(str):
    """A sentence that knows its key, so that what stays open can say itself again in another language."""

    __slots__ = ("key", "values")
    key: str
    values: Mapping[str, object]

    def again(self) -> Phrase:
        """The same sentence in the language of now."""
        return tr(self.key, **{name: again(value) for name, value in self.values.items()})


def again(value: object) -> object:
    """A phrase in the language of now; anything else as it is."""
    return value.again() if isinstance(value, Phrase) else value


def tr(key: str, **values: object) -> Phrase:
    """The sentence behind a key with its values filled in; a missing key raises KeyError."""
    words = _named(SIGNS.get(key) or TABLES[_current[0]][key])
    phrase = Phrase(words.format(**values) if values else words)
    phrase.key, phrase.values = key, values
    return phrase


def known(key: str) -> bool:
    """Whether there is a sentence under a key made from somebody else's word."""
    return key in english.WORDS or key in SIGNS


def said(reason: str, message: str, values: Values = NO_VALUES) -> str:
    """A sentence of the agent by its stable reason with what it names, else as it came."""
    found = REASONS.get(_current[0], {}).get(reason)
    try:
        words = _named(found).format(**values) if found else ""
    except KeyError:
        return message
    if not words:
        return message
    device = str(values.get("device", ""))
    return f"{shown_name(device)}: {words}" if device and "{device}" not in (found or "") else words


def is_known(reason: str) -> bool:
    """Whether the tables have words for what the agent says with this reason."""
    return any(reason in table for table in REASONS.values())


def told(sentence: str) -> str:
    """What was said, in the language of now; words without a reason as they came."""
    if isinstance(sentence, Phrase):
        return sentence.again()
    return said(reason_of(sentence), sentence, values_of(sentence))


def shown_name(name: str) -> str:
    """`front-scanner` reads `Front scanner`."""
    words = name.replace("-", " ").replace("_", " ").capitalize().split()
    return " ".join("POS" if word.lower() == "pos" else word for word in words)


def name_cloud(name: str) -> None:
    """What the cloud is called from now on, wherever the tables say Cata."""
    _cloud[0] = name or CATA.name


def cloud_name() -> str:
    """What the cloud is called now."""
    return _cloud[0]


def _named(words: str) -> str:
    return words if _cloud[0] == CATA.name else THE_CLOUD.sub(_cloud[0], words)


def language() -> str:
    """The language in force, as a key of NAMES."""
    return _current[0]


def speak(code: str) -> None:
    """Speak another language from now on; an unknown one is English. Whoever shows words is asked to show them again."""
    _current[0] = code if code in TABLES else "en"


def languages() -> list[tuple[str, str]]:
    """Languages that a customer can be answered in, with their own names."""
    return [(code, customer.NAMES[code]) for code in customer.SENTENCES]


def tell_customer(language: str, key: str, **values: object) -> str:
    """What staff say to the customer, in the customer's language."""
    return _named(customer.SENTENCES[language][key]).format(**values)
