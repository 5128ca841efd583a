"""Whoever met a crowd rests, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from netevent.core import courtesy


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(courtesy.time, "sleep", taken.append)
    return taken


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The kernel's file; the second number is the time in line."""
    file = tmp_path / "schedstat"
    file.write_text("5000000 1000000 7\n")
    monkeypatch.setattr(courtesy, "SCHEDSTAT", file)
    return file


def test_rests_once_for_each_piece_that_stood_in_line(line: Path, rests: list[float]) -> None:
    pace = courtesy.Pace()
    pace.breathe()
    assert rests == []

    line.write_text("9000000 4000001 9\n")
    pace.breathe()
    pace.breathe()
    assert rests == [courtesy.REST]


@pytest.mark.parametrize("text", ["", "0 0 0\n", "not a number\n"])
def test_never_rests_where_the_system_says_nothing(line: Path, rests: list[float], text: str) -> None:
    line.write_text(text)
    pace = courtesy.Pace()
    pace.breathe()

    assert rests == []


def test_a_system_without_the_file(line: Path, rests: list[float]) -> None:
    line.unlink()
    courtesy.Pace().breathe()

    assert courtesy.stood_in_line() == 0
    assert rests == []
