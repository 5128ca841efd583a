"""Files for other programs: CSV, XLSX and JSON in which a person's words stay words.

A name may begin with `=`, hold a control character or a line end. A spreadsheet must neither run it nor choke on it: text in XLSX is
always a string cell, text in CSV that a spreadsheet would calculate gets a `'` in front, which our own import takes off again.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO

from django.core.serializers.json import DjangoJSONEncoder
from import_export.formats import base_formats

# What spreadsheets take for the beginning of a formula, in some languages in its wide form too.
LIVE = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
NOT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONE_HALVES = re.compile("[\ud800-\udfff]")
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
MOMENT = "yyyy-mm-dd hh:mm"
AMOUNT = "0.00"
MOST_IN_A_CELL = 32_767


@dataclass(frozen=True)
class Column:
    """One column of a file: `name` for programs, `heading` for people; `width` in characters; an amount is shown with its cents."""

    name: str
    heading: str
    width: int = 18
    is_amount: bool = False


Rows = Iterable[Sequence[Any]]
Writer = Callable[[Sequence[Column], Rows, BinaryIO], None]


# --- CSV -------------------------------------------------------------------------------------------------------------------
def guarded(text: str) -> str:
    """As a spreadsheet may read it from a CSV file: what it would calculate begins with `'`. `unguarded` gives the text back."""
    return f"'{text}" if LIVE.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if GUARDED.match(text) else text


def write_csv(columns: Sequence[Column], rows: Rows, out: BinaryIO) -> None:
    """UTF-8 with a byte order mark, by which spreadsheets know it; every cell in quotes, whatever sign the reader divides at."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", errors="replace", newline="", write_through=False)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([guarded(column.heading) for column in columns])
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    text.flush()
    text.detach()


def csv_cell(value: Any) -> str:
    if type(value) is str:
        return guarded(value.replace("\x00", "\ufffd"))
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return str(value)


# --- XLSX ------------------------------------------------------------------------------------------------------------------
def write_xlsx(columns: Sequence[Column], rows: Rows, out: BinaryIO, *, title: str = "") -> None:
    """One sheet, row by row without holding them; headings stay in sight. Moments are wall-clock times, whose zone a heading names."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_title(title))
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[column_letter(number)].width = column.width
    makers = [CellMaker(sheet, column) for column in columns]
    sheet.append([maker.heading() for maker in makers])
    cells = [maker.amount if maker.column.is_amount else maker.cell for maker in makers]
    for row in rows:
        sheet.append([cell(value) for cell, value in zip(cells, row, strict=True)])
    book.save(out)


def column_letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))


def sheet_title(text: str) -> str:
    """A name that spreadsheets accept."""
    return re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", xml_text(text)).strip()[:31] or "Sheet"


def xml_text(text: str) -> str:
    """What XML can't hold becomes U+FFFD; line ends become line feeds, which is what every reader of XML makes of them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return NOT_FOR_XML.sub("\ufffd", text)[:MOST_IN_A_CELL]


class CellMaker:
    """Values of one column as openpyxl takes them. Most text goes as it is; what openpyxl would make a formula or an error of is bound as a string.

    A cell with a format of its own is made once and filled anew for each row, which is written when it is appended.
    """

    def __init__(self, sheet: Any, column: Column) -> None:
        self.sheet, self.column = sheet, column
        self.known: dict[str, Any] = {}

    def cell(self, value: Any) -> Any:
        if type(value) is str:
            text = xml_text(value)
            return self.string(text) if text[:1] == "=" or text in ERRORS else text
        if value is None or isinstance(value, bool | int | float | Decimal):
            return value
        if isinstance(value, datetime):
            return self.moment(value)
        return value if isinstance(value, date | time) else self.cell(str(value))

    def string(self, text: str) -> Any:
        from openpyxl.cell import WriteOnlyCell

        cell = WriteOnlyCell(self.sheet)
        cell._value, cell.data_type = text, "s"
        return cell

    def moment(self, value: datetime) -> Any:
        cell = self.formatted(MOMENT)
        cell.value = value.replace(tzinfo=None)
        return cell

    def amount(self, value: Any) -> Any:
        """A number, whatever its cents: `12.5` is read as 12.50."""
        if not isinstance(value, Decimal):
            return self.cell(value)
        cell = self.formatted(AMOUNT)
        cell.value = value
        return cell

    def formatted(self, number_format: str) -> Any:
        from openpyxl.cell import WriteOnlyCell

        if (cell := self.known.get(number_format)) is None:
            cell = self.known[number_format] = WriteOnlyCell(self.sheet)
            cell.number_format = number_format
        return cell

    def heading(self) -> Any:
        from openpyxl.styles import Font

        cell = self.string(xml_text(self.column.heading))
        cell.font = Font(bold=True)
        return cell


# --- JSON ------------------------------------------------------------------------------------------------------------------
def write_json(columns: Sequence[Column], rows: Rows, out: BinaryIO) -> None:
    """A list of objects, one a line, with the columns' names as keys."""
    names = [column.name for column in columns]
    encode = DjangoJSONEncoder(ensure_ascii=False).encode
    out.write(b"[")
    for number, row in enumerate(rows):
        line = encode(dict(zip(names, (json_value(value) for value in row), strict=True)))
        out.write((",\n" if number else "\n").encode() + line.encode("utf-8", "replace"))
    out.write(b"\n]\n")


def json_value(value: Any) -> Any:
    return LONE_HALVES.sub("\ufffd", value) if type(value) is str else value


WRITERS: Mapping[str, Writer] = {"xlsx": write_xlsx, "csv": write_csv, "json": write_json}


# --- The same for django-import-export: its formats with our cells ---------------------------------------------------------
def written(write: Writer, dataset: Any) -> bytes:
    out = io.BytesIO()
    write([Column(str(heading), str(heading)) for heading in dataset.headers or []], dataset, out)
    return out.getvalue()


class CSV(base_formats.CSV):
    """Exports through `write_csv`; takes its guards off again."""

    def export_data(self, dataset: Any, **_kwargs: Any) -> bytes:
        return written(write_csv, dataset)

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> Any:
        text = in_stream.decode(self.encoding or "utf-8-sig") if isinstance(in_stream, bytes) else in_stream
        dataset = super().create_dataset(text.removeprefix("\ufeff"), **kwargs)
        for number in range(len(dataset)):
            dataset[number] = [unguarded(cell) if isinstance(cell, str) else cell for cell in dataset[number]]
        return dataset


class XLSX(base_formats.XLSX):
    """Exports through `write_xlsx`: never a formula."""

    def export_data(self, dataset: Any, **_kwargs: Any) -> bytes:
        return written(write_xlsx, dataset)


class JSON(base_formats.JSON):
    def export_data(self, dataset: Any, **_kwargs: Any) -> bytes:
        return json.dumps([*dataset.dict], ensure_ascii=False, cls=DjangoJSONEncoder).encode("utf-8", "replace")
