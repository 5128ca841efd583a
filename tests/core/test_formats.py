"""Files for other programs: a person's words come back as they were, and are never live in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from decimal import Decimal

import pytest
import tablib
from openpyxl import load_workbook

from netevent.core.formats import CSV, JSON, XLSX, Column, guarded, sheet_title, unguarded, write_csv, write_json, write_xlsx
from netevent.core.tables import read_table

COLUMNS = [Column("word", "Word", 20), Column("number", "Number"), Column("at", "At (Europe/Amsterdam)")]
LIVE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "'=1", "''=1"]


def xlsx_of(rows, columns=COLUMNS):
    out = io.BytesIO()
    write_xlsx(columns, rows, out, title="People")
    return out.getvalue()


def cells_of(content):
    sheet = load_workbook(io.BytesIO(content)).active
    return [list(row) for row in sheet.iter_rows()]


def words(text):
    return [Column("word", "Word")], [[text]]


def test_xlsx_holds_strings_numbers_and_moments_as_what_they_are():
    content = xlsx_of([["Ada", Decimal("12.50"), datetime(2026, 11, 20, 14, 30)], ["", None, None]])

    heading, ada, _empty = cells_of(content)
    assert [cell.value for cell in heading] == ["Word", "Number", "At (Europe/Amsterdam)"]
    assert [cell.data_type for cell in ada] == ["s", "n", "d"]
    assert [cell.value for cell in ada] == ["Ada", 12.5, datetime(2026, 11, 20, 14, 30)]
    sheet = load_workbook(io.BytesIO(content)).active
    assert (sheet.title, sheet.freeze_panes, sheet.column_dimensions["A"].width) == ("People", "A2", 20)


@pytest.mark.parametrize("text", [*LIVE, '=HYPERLINK("http://x.example")', "#N/A", "#REF!", "=", "1e5", "00123", "TRUE"])
def test_xlsx_keeps_every_text_a_string(text):
    (cell,) = cells_of(xlsx_of([[text]], COLUMNS[:1]))[1]

    assert (cell.data_type, cell.value) == ("s", text.replace("\r", "\n"))


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("a\x0bb", "a\ufffdb"),
        ("\x00\x1f", "\ufffd\ufffd"),
        ("\ufffe", "\ufffd"),
        ("\ud800", "\ufffd"),
        ("a\r\nb", "a\nb"),
    ],
)
def test_xlsx_holds_what_xml_can_and_marks_the_rest(text, held):
    (cell,) = cells_of(xlsx_of([[text]], COLUMNS[:1]))[1]

    assert cell.value == held


def test_xlsx_sheet_names_are_ones_that_spreadsheets_take():
    assert sheet_title("A/B: [C]*?'") == "A B   C"
    assert len(sheet_title("x" * 40)) == 31
    assert sheet_title("//") == "Sheet"


@pytest.mark.parametrize("text", [*LIVE, "Ada", "'Ada", "", "a;=1+1", "a,b\n=c", 'say "=1"'])
def test_csv_text_comes_back_as_it_was_and_none_of_it_is_live(text):
    out = io.BytesIO()
    write_csv(*words(text), out)

    assert out.getvalue().startswith(b"\xef\xbb\xbf")
    _heading, row = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    assert unguarded(row[0]) == text == unguarded(guarded(text))
    assert all(line.startswith('"') for line in out.getvalue().decode("utf-8-sig").split("\r\n") if line)


def test_json_is_a_list_of_objects_by_stable_names():
    out = io.BytesIO()
    write_json(COLUMNS, [["=Żółw\ud800", Decimal("1.20"), None], ["b", 2, None]], out)

    assert json.loads(out.getvalue()) == [{"word": "=Żółw\ufffd", "number": "1.20", "at": None}, {"word": "b", "number": 2, "at": None}]
    empty = io.BytesIO()
    write_json(COLUMNS, [], empty)
    assert json.loads(empty.getvalue()) == []


def test_every_naughty_string_leaves_in_three_formats_and_none_is_live(sample_data):
    strings = json.loads((sample_data / "strings_blns" / "blns.json").read_text(encoding="utf-8"))
    rows = [[text] for text in strings]

    cells = [row[0] for row in cells_of(xlsx_of(rows, COLUMNS[:1]))[1:]]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert len(cells) == len(strings)
    out = io.BytesIO()
    write_csv(COLUMNS[:1], rows, out)
    back = [row[0] if row else "" for row in csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline=""))][1:]
    assert [unguarded(text) for text in back] == strings
    assert not [text for text in back if text.startswith(("=", "+", "-", "@", "\t", "\r"))]
    out = io.BytesIO()
    write_json(COLUMNS[:1], rows, out)
    assert [entry["word"] for entry in json.loads(out.getvalue())] == strings


@pytest.mark.parametrize("kind", [CSV, XLSX])
def test_formats_of_other_tables_are_safe_too_and_read_back(kind):
    dataset = tablib.Dataset(["=1+1", "Ada\x0b"], headers=["name", "note"])

    content = kind().export_data(dataset)

    table = read_table(io.BytesIO(content), "x")
    assert table.rows[0].cells[0] == "=1+1"
    assert kind(encoding="utf-8-sig").create_dataset(content).dict[0]["name"] == "=1+1"
    if kind is XLSX:
        assert cells_of(content)[1][0].data_type == "s"


def test_json_of_other_tables_is_plain():
    dataset = tablib.Dataset(["Żółw", 1], headers=["name", "n"])

    assert json.loads(JSON().export_data(dataset)) == [{"name": "Żółw", "n": 1}]
