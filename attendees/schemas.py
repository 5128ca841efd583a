"""What programs send and are told about registrations."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import ConfigDict, Field

Said = str | bool | int | float | list[str] | None


class RegistrationIn(Schema):
    """Who registers, for what. Amounts are no part of it: the price is the type's."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field("", description="Code of the attendee type; may be left out where there is one alone.")
    first_name: str
    last_name: str = ""
    language: str = Field("", description="For mails and badge; the request's language when left out.")
    organisation: str = ""
    role: str = ""
    introduction: str = ""
    phone: str = ""
    linkedin: str = ""
    department: str = ""
    semester: int | None = None
    accept_waiting_list: bool = Field(False, description="Wait when all places are taken; else the answer is 409 `full`.")
    voucher: str = ""
    pays_by: str = Field("", description="`online`, `transfer` or `door`, of those that the event offers.")
    answers: dict[str, Said] = Field(
        {}, description="By the question's key: text, a choice's key or several, true or false, a number, an ISO date."
    )
    consents: dict[str, int] = Field({}, description="By purpose: the number of the text that the person agreed to.")


class TypeOut(Schema):
    code: str
    name: str
    price: str
    currency: str


class ChoiceOut(Schema):
    key: str
    label: str


class QuestionOut(Schema):
    key: str
    label: str
    help: str
    kind: str = Field(description="`text`, `long_text`, `choice`, `several`, `yes_no`, `number`, `date`, `file`")
    required: bool = Field(description="Where it is asked: some questions depend on the type or on another answer.")
    choices: list[ChoiceOut]
    types: list[str] = Field(description="Asked of these types alone; none means of all.")


class ConsentOut(Schema):
    purpose: str
    number: int = Field(description="Of this very text; send it with `consents` when the person agreed to it.")
    text: str
    required: bool


class FormOut(Schema):
    """What registering asks now."""

    types: list[TypeOut]
    pays_by: list[str]
    takes_vouchers: bool
    questions: list[QuestionOut]
    consents: list[ConsentOut]


class RegistrationOut(Schema):
    """One's own registration. Amounts have the digits of their currency."""

    event: str
    code: str
    state: str = Field(
        description="`confirmed`, `awaiting_payment`, `pending_approval`, `waitlisted`, `offered`, `cancelled`, `rejected`, `expired`"
    )
    position: int | None = Field(description="On the waiting list.")
    type: str
    first_name: str
    last_name: str
    price: str
    discount: str
    to_pay: str = Field(description="The price less its discount.")
    paid: str = Field(description="All that came in.")
    refunded: str = Field(description="What of it has gone back.")
    still_open: str = Field(description="What is owed now.")
    currency: str
    due_at: datetime | None = Field(description="Until when a place that awaits its payment is held.")
