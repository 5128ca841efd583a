"""One person's place and time at one event."""

from attendees.models.attendee import HOLDING, AttendanceStatus, Attendee, AttendeeQuerySet, PaysBy, RegistrationStep, Status
from attendees.models.badge import AttendeeToken, Badge, Purpose
from attendees.models.check_in import Answer, CheckIn, Checkpoint
from attendees.models.desk import ColumnSet, EmailChange, Reason
from attendees.models.money import (
    LedgerEntry,
    LedgerKind,
    Payment,
    PaymentState,
    ProviderNotice,
    Receipt,
    ReceiptKind,
    ReceiptSeries,
    Refund,
    RefundState,
    Voucher,
    VoucherKind,
    VoucherUse,
)
from attendees.models.party import PATIENCE, Party
from attendees.models.question import AskedWhen, Consent, ConsentText, Question, QuestionAnswer, QuestionKind
from attendees.models.waiting_list import AcceptedType, Offer, OfferState

__all__ = [
    "HOLDING",
    "PATIENCE",
    "AcceptedType",
    "Answer",
    "AskedWhen",
    "AttendanceStatus",
    "Attendee",
    "AttendeeQuerySet",
    "AttendeeToken",
    "Badge",
    "CheckIn",
    "Checkpoint",
    "ColumnSet",
    "Consent",
    "ConsentText",
    "EmailChange",
    "LedgerEntry",
    "LedgerKind",
    "Offer",
    "OfferState",
    "Party",
    "Payment",
    "PaymentState",
    "PaysBy",
    "ProviderNotice",
    "Purpose",
    "Question",
    "QuestionAnswer",
    "QuestionKind",
    "Reason",
    "Receipt",
    "ReceiptKind",
    "ReceiptSeries",
    "Refund",
    "RefundState",
    "RegistrationStep",
    "Status",
    "Voucher",
    "VoucherKind",
    "VoucherUse",
]
