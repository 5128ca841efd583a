"""The organisers' desk: people at events, their badges and scans."""

from attendees.admin.approval import ReasonAdmin
from attendees.admin.attendee import AttendeeAdmin
from attendees.admin.badges import AttendeeTokenAdmin, BadgeAdmin, EmailChangeAdmin
from attendees.admin.check_in import CheckInAdmin, CheckpointAdmin
from attendees.admin.column_sets import ColumnSetAdmin
from attendees.admin.mailing import MailingAdmin
from attendees.admin.money import (
    LedgerEntryAdmin,
    PaymentAdmin,
    ProviderNoticeAdmin,
    ReceiptAdmin,
    ReceiptSeriesAdmin,
    RefundAdmin,
    VoucherAdmin,
    VoucherUseAdmin,
)
from attendees.admin.party import PartyAdmin
from attendees.admin.questions import ConsentAdmin, ConsentTextAdmin, QuestionAdmin, QuestionAnswerAdmin
from attendees.admin.steps import RegistrationStepAdmin

__all__ = [
    "AttendeeAdmin",
    "AttendeeTokenAdmin",
    "BadgeAdmin",
    "CheckInAdmin",
    "CheckpointAdmin",
    "ColumnSetAdmin",
    "ConsentAdmin",
    "ConsentTextAdmin",
    "EmailChangeAdmin",
    "LedgerEntryAdmin",
    "MailingAdmin",
    "PartyAdmin",
    "PaymentAdmin",
    "ProviderNoticeAdmin",
    "QuestionAdmin",
    "QuestionAnswerAdmin",
    "ReasonAdmin",
    "ReceiptAdmin",
    "ReceiptSeriesAdmin",
    "RefundAdmin",
    "RegistrationStepAdmin",
    "VoucherAdmin",
    "VoucherUseAdmin",
]
