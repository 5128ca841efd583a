"""What the documentation names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from django.core.management import get_commands

from netevent import env
from netevent.core.rates import DEFAULT_RATES, parse_rate
from tests.support import ROOT

PAGES = sorted(chain(ROOT.glob("*.md"), ROOT.glob("docs/**/*.md")))
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
OF_THE_BOOTSTRAP = {"test"}  # taken before Django is loaded
LARGEST_PICTURE = 150_000

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def own_links(page: Path) -> Iterator[tuple[Path, str]]:
    """The file and the heading that each relative link names."""
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in link and not link.startswith("mailto:"):
            path, _sign, heading = link.partition("#")
            yield (page.parent / path).resolve() if path else page, heading


def anchors(page: Path) -> set[str]:
    """As the usual viewers make them of headings."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_lead_to_files_and_headings_of_ours(page):
    broken = [
        f"{path.name}#{heading}"
        for path, heading in own_links(page)
        if not path.exists() or not path.is_relative_to(ROOT) or (heading and heading not in anchors(path))
    ]
    assert broken == []


@each_page
def test_commands_that_are_named_exist(page):
    named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
    assert named - OF_THE_BOOTSTRAP <= set(get_commands())


def test_every_page_is_reached_from_the_readme():
    seen, to_read = set(), [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        if page in seen:
            continue
        seen.add(page)
        for path, _heading in own_links(page):
            to_read.append(path / "README.md" if path.is_dir() else path)
        to_read = [path for path in to_read if path.suffix == ".md"]
    assert set(PAGES) - seen == set()


def test_every_setting_stands_in_the_table():
    table = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert [name for name in env.NAMES if f"`{name}`" not in table] == []


def test_limits_in_the_table_are_those_of_the_code():
    table = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"\| `([a-z]+\.[a-z]+)` \| ([^|]+?) \|", table))
    assert told
    assert {name: parse_rate(rate.replace(" min", " m").replace("/ ", "/")) for name, rate in told.items()} == {
        name: parse_rate(DEFAULT_RATES[name]) for name in told
    }


def test_make_targets_in_the_guide_and_in_help_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    table = (ROOT / "docs/developers.md").read_text(encoding="utf-8").partition("| make | does |")[2].partition("\n\n")[0]
    in_guide = set(re.findall(r"`([a-z]+)`", "".join(line.split("|")[1] for line in table.splitlines() if "`" in line)))
    in_help = set(re.findall(r'@echo "([a-z]+) ', makefile))
    assert in_guide == in_help
    assert in_help <= targets


def test_pictures_are_small():
    pictures = list((ROOT / "docs/pictures").iterdir())
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []
