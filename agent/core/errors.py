"""One tree of errors, each named by what the caller should do next.

CataBridgeError
├── Unreachable        wait and try again; nothing was decided
├── Refused            a peer said no for good
│   └── Conflict       a peer said no because its state moved on
├── NeedsPerson        nothing goes on until somebody acts
│   ├── KeyRefused     the cloud no longer accepts this till's key
│   └── NotConfigured  the cloud has not been set up for this
├── Doubtful           it may have been done, and to ask again could do it twice: a person looks
├── InvalidInput       what came in does not fit; nothing was kept of it
├── NotSaved           it could not be made durable; it must not be promised
└── DamagedData        what is stored is not what was stored
"""

from __future__ import annotations

from agent.core.sentence import NO_VALUES, Sentence, Values


class CataBridgeError(Exception):
    """Root of all errors of Cata Bridge: a stable machine word and one sentence for staff."""

    def __init__(self, reason: str, message: str, *, details: str = "", values: Values = NO_VALUES) -> None:
        """`reason` is stable and lower_snake_case; `message` is one plain sentence; `details` is for support.

        `values` are what the message names, so that it can be said in another language; a message that is a Sentence of the
        same reason brings its own.
        """
        super().__init__(message)
        self.reason = reason
        self.message = (
            message if isinstance(message, Sentence) and message.reason == reason else Sentence(message, reason, **values)
        )
        self.details = details

    def __str__(self) -> str:
        """The reason and the sentence, as a log line wants them."""
        return f"{self.reason}: {self.message}"


class Unreachable(CataBridgeError):
    """The peer gave no usable answer: wait, then try again."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        maybe_applied: bool,
        retry_after_s: float | None = None,
        line_down: bool = True,
        details: str = "",
        values: Values = NO_VALUES,
    ) -> None:
        """`maybe_applied`: bytes may have left, so the effect is unknown.

        `line_down`: a transport failure, not the peer's own trouble.
        """
        super().__init__(reason, message, details=details, values=values)
        self.maybe_applied = maybe_applied
        self.retry_after_s = retry_after_s
        self.line_down = line_down


class Refused(CataBridgeError):
    """The peer answered and said no for good."""

    def __init__(
        self, reason: str, message: str, *, status: int | None = None, details: str = "", values: Values = NO_VALUES
    ) -> None:
        """`status` is the peer's HTTP status, where it had one."""
        super().__init__(reason, message, details=details, values=values)
        self.status = status


class Conflict(Refused):
    """The peer said no because its own state has moved on; a few tries are worth it."""


class NeedsPerson(CataBridgeError):
    """Nothing of this kind goes on until somebody acts."""


class KeyRefused(NeedsPerson):
    """The cloud no longer accepts this till's key."""


class NotConfigured(NeedsPerson):
    """The cloud knows the key but has not been set up for this."""


class Doubtful(CataBridgeError):
    """It may or may not have been done, and to ask again could do it twice: only a person can tell."""


class InvalidInput(CataBridgeError):
    """What came in does not fit; `field` names where, when one field is to blame."""

    def __init__(self, reason: str, message: str, *, field: str = "", details: str = "", values: Values = NO_VALUES) -> None:
        """`field` is a dotted path into the input, or empty."""
        super().__init__(reason, message, details=details, values=values)
        self.field = field


class NotSaved(CataBridgeError):
    """It could not be made durable, so it must not be promised."""


class DamagedData(CataBridgeError):
    """What is stored is not what was stored."""
