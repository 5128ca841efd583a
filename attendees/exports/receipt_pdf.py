"""A receipt or credit note as PDF: its facts from the row, names as they stand today, in the person's language."""

from __future__ import annotations

import io
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from attendees.exports.badge_layout import MM
from attendees.exports.badge_pdf import INK, MUTED, RULE, BareCanvas
from attendees.exports.fonts import font_book
from attendees.exports.pdf_fonts import DocumentFonts
from attendees.exports.text_shaping import Shaper, clean
from events.models import AttendeeType
from netevent.core.dates import show_date, show_range
from netevent.core.money import show_money, show_number

if TYPE_CHECKING:
    from attendees.models import Receipt

WIDTH, HEIGHT = 210 * MM, 297 * MM
LEFT, RIGHT = 22 * MM, 188 * MM
LEADING = 1.45


def receipt_pdf(receipt: Receipt) -> bytes:
    """One page. The same row gives the same bytes while nobody renames anything."""
    with translation.override(receipt.attendee.language):
        out = io.BytesIO()
        Page(out).draw(receipt)
        return out.getvalue()


class Page:
    """Text from top to bottom; what is too long for its line ends in an ellipsis, never off the paper."""

    def __init__(self, out: io.BytesIO) -> None:
        self.canvas = BareCanvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1)
        self.fonts = DocumentFonts(self.canvas._doc)
        self.shaper = Shaper(font_book())
        self.y = HEIGHT - 24 * MM

    def draw(self, receipt: Receipt) -> None:
        self.canvas.setTitle(f"{receipt.get_kind_display()} {receipt.label}")
        self.sender(receipt)
        self.heading(receipt)
        self.table(receipt)
        self.taxes(receipt)
        self.canvas.showPage()
        self.canvas.save()

    # --- Parts ---
    def sender(self, receipt: Receipt) -> None:
        organiser = receipt.organiser
        self.line(organiser.legal_name or organiser.name, size=12, bold=True)
        for text in organiser.address.splitlines():
            self.line(text, size=9, colour=MUTED)
        if organiser.vat_id:
            self.line(_("VAT id: %(number)s") % {"number": organiser.vat_id}, size=9, colour=MUTED)
        if organiser.email:
            self.line(organiser.email, size=9, colour=MUTED)
        self.y -= 14 * MM

    def heading(self, receipt: Receipt) -> None:
        attendee, event = receipt.attendee, receipt.attendee.event
        self.line(attendee.full_name or attendee.code, size=11)
        if attendee.organisation:
            self.line(attendee.organisation, size=11)
        self.y -= 10 * MM
        self.line(f"{receipt.get_kind_display()} {receipt.label}", size=18, bold=True)
        self.y -= 2 * MM
        zone = receipt.organiser.time_zone
        self.fact(_("Date"), show_date(receipt.issued_at, zone))
        self.fact(_("Event"), event.name)
        self.fact(_("When"), show_range(event.starts_at, event.ends_at, event.time_zone))
        self.fact(_("Reference"), attendee.code)
        self.y -= 8 * MM

    def table(self, receipt: Receipt) -> None:
        self.row(_("What"), _("Amount"), bold=True)
        self.rule()
        names = dict(AttendeeType.objects.filter(pk__in=[line["type"] for line in receipt.lines]).values_list("pk", "name"))
        for line in receipt.lines:
            self.row(self.words_of(line, names), show_money(Decimal(line["amount"]), receipt.currency))
        self.rule()
        self.row(_("Total"), show_money(receipt.amount, receipt.currency), bold=True)
        self.y -= 6 * MM

    def words_of(self, line: dict[str, Any], names: dict[int, str]) -> str:
        words = {"place": pgettext("seat", "Place"), "discount": _("Discount"), "refund": _("Given back")}
        return f"{words.get(line['what'], line['what'])}: {names.get(line['type'], '')}".rstrip(": ")

    def taxes(self, receipt: Receipt) -> None:
        sums: dict[Decimal, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for line in receipt.lines:
            amounts = sums[Decimal(line["vat_rate"])]
            amounts[0] += Decimal(line["amount"])
            amounts[1] += Decimal(line["vat"])
        for rate, (gross, vat) in sorted(sums.items()):
            if rate:
                self.row(_("Without VAT"), show_money(gross - vat, receipt.currency), colour=MUTED)
                text = _("%(rate)s %% VAT, included") % {"rate": show_number(rate.normalize() + 0)}
                self.row(text, show_money(vat, receipt.currency), colour=MUTED)
        if not any(sums):
            self.line(_("No VAT is charged."), size=9, colour=MUTED)

    # --- Drawing ---
    def line(self, text: str, *, size: float, bold: bool = False, colour: str = INK) -> None:
        self.text(text, LEFT, size=size, bold=bold, colour=colour, room=RIGHT - LEFT)
        self.y -= size * LEADING

    def fact(self, name: str, text: str) -> None:
        self.text(name, LEFT, size=10, colour=MUTED, room=34 * MM)
        self.text(text, LEFT + 36 * MM, size=10, room=RIGHT - LEFT - 36 * MM)
        self.y -= 10 * LEADING

    def row(self, text: str, amount: str, *, bold: bool = False, colour: str = INK) -> None:
        self.text(text, LEFT, size=10, bold=bold, colour=colour, room=RIGHT - LEFT - 42 * MM)
        self.text(amount, RIGHT, size=10, bold=bold, colour=colour, room=40 * MM, to_right=True)
        self.y -= 10 * LEADING

    def rule(self) -> None:
        self.canvas.setStrokeColor(RULE)
        self.canvas.setLineWidth(0.6)
        at = self.y + 6
        self.canvas.line(LEFT, at, RIGHT, at)
        self.y -= 5

    def text(self, text: str, x: float, *, size: float, room: float, bold: bool = False, colour: str = INK, to_right: bool = False) -> None:
        shaped = self.fitted(clean(text), room / size, bold=bold)
        start = x - shaped.width * size if to_right else x
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        self.canvas._code.append(f"BT {red:.3f} {green:.3f} {blue:.3f} rg {self.fonts.text(shaped, start, self.y, size)} ET")

    def fitted(self, text: str, ems: float, *, bold: bool) -> Any:
        shaped = self.shaper.line(text, bold=bold)
        while shaped.width > ems and len(text) > 1:
            text = text[: max(1, int(len(text) * min(0.98, ems / shaped.width)))].rstrip()
            shaped = self.shaper.line(f"{text}…", bold=bold)
        return shaped
