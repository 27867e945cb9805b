"""Deliveries that are not what the cloud signed, made from one that is."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from agent.core.signing import CATA, sign
from tests.support.shop import OUTLET

SIGNATURE, STAMP = "x-cata-signature", "x-cata-timestamp"
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp037")
STALE_S = (305, 3_600, 86_400, 400 * 86_400, -3_600, -86_400)
"""Ages beyond the tolerance and the second or two to which Cata's own clock is known; a negative one lies in the future."""
OTHER_OUTLETS = ("", "x", "d7b1a2ef-2e1f-4f74-9c3c-8a7a6b8b1c21", OUTLET[:-1], OUTLET + "0", "../" + OUTLET, OUTLET + "\0")


@dataclass(frozen=True)
class Delivery:
    """What reaches the receiver; header names in lower case."""

    body: bytes
    headers: Mapping[str, str]
    outlet: str = OUTLET

    def but(self, **headers: str) -> Delivery:
        """The same with other headers; `_` stands for `-`."""
        return replace(self, headers={**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}})


def genuine(body: bytes, secret: str, *, now_s: int, delivery: str = "d-1") -> Delivery:
    """As the cloud sends it."""
    headers = {
        "content-type": "application/json",
        SIGNATURE: sign(CATA, secret, body),
        STAMP: str(now_s),
        "x-cata-event": "order.paid",
        "x-cata-delivery-id": delivery,
    }
    return Delivery(body, headers)


def is_the_same(good: Delivery, other: Delivery) -> bool:
    """Whether a mutant says, byte for byte of what is signed, what the genuine delivery says; hex digits have no case."""
    alike = other.headers.get(SIGNATURE, "").strip().lower() == good.headers[SIGNATURE]
    return alike and other.body == good.body and other.outlet == good.outlet and other.headers.get(STAMP) == good.headers[STAMP]


class Forger:
    """Makes mutants by the thousand; the same seed makes the same ones."""

    def __init__(self, good: Delivery, seed: int) -> None:
        self._good = good
        self._random = random.Random(seed)
        self._ways: tuple[Callable[[], Delivery], ...] = (
            self._body_bit,
            self._signature_bit,
            self._body_cut,
            self._signature_cut,
            self._body_grown,
            self._other_encoding,
            self._unsigned,
            self._doubled,
            self._borrowed,
            self._stale,
            self._elsewhere,
            self._prefix_kept,
        )

    def mutant(self) -> Delivery:
        """One delivery that differs from the genuine one."""
        while True:
            made = self._random.choice(self._ways)()
            if not is_the_same(self._good, made):
                return made

    def _body_bit(self) -> Delivery:
        body = bytearray(self._good.body)
        body[self._random.randrange(len(body))] ^= 1 << self._random.randrange(8)
        return replace(self._good, body=bytes(body))

    def _signature_bit(self) -> Delivery:
        text = bytearray(self._signature.encode())
        text[self._random.randrange(len(text))] ^= 1 << self._random.randrange(8)
        return self._good.but(x_cata_signature=text.decode("latin-1"))

    def _body_cut(self) -> Delivery:
        return replace(self._good, body=self._good.body[: self._random.randrange(len(self._good.body))])

    def _signature_cut(self) -> Delivery:
        end = self._random.randrange(len(self._signature))
        return self._good.but(x_cata_signature=self._random.choice((self._signature[:end], self._signature[end:])))

    def _body_grown(self) -> Delivery:
        more = self._random.choice((b" ", b"\n", b"\0", b"{}", b"\xef\xbb\xbf"))
        return replace(self._good, body=self._random.choice((self._good.body + more, more + self._good.body)))

    def _other_encoding(self) -> Delivery:
        encoding = self._random.choice(ENCODINGS)
        return replace(self._good, body=self._good.body.decode().encode(encoding))

    def _unsigned(self) -> Delivery:
        headers = {name: text for name, text in self._good.headers.items() if name != SIGNATURE}
        return replace(
            self._good, headers=headers | self._random.choice(({}, {SIGNATURE: ""}, {"x-hub-signature-256": self._signature}))
        )

    def _doubled(self) -> Delivery:
        """As a proxy or the receiver itself would join a header that came twice."""
        other = self._random.choice((self._signature, "sha256=" + "0" * 64, ""))
        pair = self._random.choice(((self._signature, other), (other, self._signature)))
        return self._good.but(x_cata_signature=self._random.choice((", ", ",", ";", " ")).join(pair))

    def _borrowed(self) -> Delivery:
        """A signature of something else, or by another secret."""
        secret = self._random.choice(("", "whsec_", "0", "whsec_of_somebody_else"))
        return self._good.but(x_cata_signature=sign(CATA, secret, self._random.choice((self._good.body, b"", b"{}"))))

    def _stale(self) -> Delivery:
        return self._good.but(x_cata_timestamp=str(int(self._good.headers[STAMP]) - self._random.choice(STALE_S)))

    def _elsewhere(self) -> Delivery:
        return replace(self._good, outlet=self._random.choice(OTHER_OUTLETS))

    def _prefix_kept(self) -> Delivery:
        """The beginning is right and the rest is not, for those who compare too little."""
        keep = self._random.randrange(len("sha256="), len(self._signature))
        rest = "".join(self._random.choice("0123456789abcdef") for _ in self._signature[keep:])
        return self._good.but(x_cata_signature=self._signature[:keep] + rest)

    @property
    def _signature(self) -> str:
        return self._good.headers[SIGNATURE]
