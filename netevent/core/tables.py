"""Tables that people bring: CSV in whatever dress a spreadsheet gave it, and XLSX; bounded before they are read."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from netevent.core.errors import DomainError
from netevent.core.formats import unguarded

MAX_COLUMNS = 200
MAX_CELL = 10_000
DELIMITERS = ",;\t|"
MEBIBYTE = 1024 * 1024
BLANK_ROWS = 5000  # a sheet may name any row number: so many empty ones are no table any more
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Row:
    """`number` is the one a spreadsheet shows: the headings stand in row 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    headings: list[str]
    rows: list[Row] = field(default_factory=list)


def refused(code: str, message: Any) -> DomainError:
    return DomainError(code, message, status=422, fields={"file": message})


def read_table(file: BinaryIO, name: str) -> Table:
    """Headings and rows of a CSV or XLSX file, every cell as text; empty rows are left out but counted.

    Raises:
        DomainError: `file_too_large`, `file_empty`, `file_unreadable`, `too_many_rows`, `too_many_columns` (422).
    """
    content = file.read(settings.MAX_IMPORT_MB * MEBIBYTE + 1)
    if len(content) > settings.MAX_IMPORT_MB * MEBIBYTE:
        raise refused("file_too_large", _("The file is larger than %(mb)s MB.") % {"mb": settings.MAX_IMPORT_MB})
    lines = xlsx_lines(content) if content.startswith(b"PK\x03\x04") else csv_lines(content)
    return as_table(lines)


def as_table(lines: Iterator[Sequence[str]]) -> Table:
    headings: list[str] = []
    rows: list[Row] = []
    most = settings.MAX_IMPORT_ROWS
    for number, line in enumerate(lines, 1):
        cells = [cleaned(cell) for cell in islice(line, MAX_COLUMNS + 1)]
        if len(cells) > MAX_COLUMNS and any(cells[MAX_COLUMNS:]):
            raise refused("too_many_columns", _("The file has more than %(n)s columns.") % {"n": MAX_COLUMNS})
        if number > most + BLANK_ROWS:
            raise refused("too_many_rows", _("The file has more than %(n)s rows.") % {"n": most})
        if not any(cells):
            continue
        if not headings:
            headings = cells
            continue
        if len(rows) >= most:
            raise refused("too_many_rows", _("The file has more than %(n)s rows.") % {"n": most})
        rows.append(Row(number, cells))
    if not headings:
        raise refused("file_empty", _("The file is empty."))
    return Table(headings, rows)


def cleaned(cell: str) -> str:
    """Ends trimmed; otherwise as it stands."""
    return cell[:MAX_CELL].replace("\x00", "").strip() if cell else ""


# --- CSV -----------------------------------------------------------------------------------------------------------------------
def csv_lines(content: bytes) -> Iterator[list[str]]:
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter_of(text))
    try:
        for line in reader:
            yield [unguarded(cell) for cell in line]  # our own export puts a guard before a formula's sign
    except csv.Error as error:
        raise refused("file_unreadable", _("The file can't be read as a table.")) from error


def decoded(content: bytes) -> str:
    """By its byte order mark, else UTF-8, else Windows' Latin letters (which spreadsheets write in western Europe)."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if b"\x00" in content:
            raise refused("file_unreadable", _("The file can't be read as a table.")) from None
        return content.decode("cp1252", "replace")


def delimiter_of(text: str) -> str:
    """The sign that stands most often in the first line, outside quotes."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    bare = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=bare.count) if any(sign in bare for sign in DELIMITERS) else ","


# --- XLSX ----------------------------------------------------------------------------------------------------------------------
def xlsx_lines(content: bytes) -> Iterator[list[str]]:
    refuse_bombs(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # whatever a broken archive or its XML makes of the reader
        raise refused("file_unreadable", _("The file can't be read as a table.")) from error
    try:
        sheet = book.active
        if sheet is None:
            raise refused("file_empty", _("The file is empty."))
        yield from sheet_lines(sheet)
    finally:
        book.close()


def sheet_lines(sheet: Any) -> Iterator[list[str]]:
    """Rows are read as they are asked for, so damage shows only here."""
    try:
        for line in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1):
            yield [as_text(value) for value in line]
    except Exception as error:
        raise refused("file_unreadable", _("The file can't be read as a table.")) from error


def refuse_bombs(content: bytes) -> None:
    """The sizes stand in the archive's directory: a bomb is refused before anything of it is unpacked."""
    try:
        unpacked = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except zipfile.BadZipFile as error:
        raise refused("file_unreadable", _("The file can't be read as a table.")) from error
    if unpacked > settings.MAX_UNPACKED_MB * MEBIBYTE:
        raise refused("file_too_large", _("Unpacked, the file is larger than %(mb)s MB.") % {"mb": settings.MAX_UNPACKED_MB})


def as_text(value: Any) -> str:
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)
