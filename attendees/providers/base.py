"""What a provider of payments can do. All of it is called outside transactions: it asks another machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from attendees.models import Payment, Refund


class Outcome(StrEnum):
    """What became of a try to pay."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    ENDED = "ended"
    REFUNDED = "refunded"  # so much went back, in all
    REFUND_FAILED = "refund_failed"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A page at the provider's where one payment is made."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider's word. `key` is our own key of the payment (or refund), where the provider carries it; `amount` is in whole currency units.

    For `REFUNDED` the amount is all that went back so far, so that notices may come in any order.
    """

    id: str
    kind: str
    outcome: Outcome | None = None
    reference: str = ""
    key: str = ""
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A refund that the provider took; `is_done` when the money has left."""

    reference: str
    is_done: bool


class ProviderError(Exception):
    """The provider refused, or did not answer. `reason` is for the desk: short, and without anything secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:300]


class BadNotice(Exception):  # noqa: N818 -- what it is, not what went wrong
    """Not from the provider, or nothing that can be read."""


class Provider:
    """The interface; a provider by hand leaves the online part as it stands here."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    is_online: ClassVar[bool] = False
    origins: ClassVar[tuple[str, ...]] = ()  # where a form of ours may lead

    def create_checkout(self, payment: Payment, *, back: str, away: str, text: str) -> Checkout:
        """A page to pay this at; asked twice for the same payment it answers the same. `back` and `away` are where it leads after.

        Raises:
            ProviderError: it refused, or is away.
        """
        raise ProviderError("not_online")

    def fetch(self, payment: Payment) -> Outcome:
        """How it stands.

        Raises:
            ProviderError: it is away.
        """
        return Outcome.OPEN

    def end(self, payment: Payment) -> None:
        """Nobody can pay this any more. Harmless when it has ended.

        Raises:
            ProviderError: it is away, or the money has come in meanwhile.
        """

    def parse_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """What a call of the provider's says.

        Raises:
            BadNotice: the signature does not hold, or it can't be read.
        """
        raise BadNotice("not_online")

    def refund(self, refund: Refund) -> Sent:
        """Give money back; asked twice for the same refund it goes back once.

        Raises:
            ProviderError: it refused, or is away.
        """
        raise ProviderError("by_hand")
