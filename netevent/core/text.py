"""Text as people type it, and the one folding that search uses on both databases."""

from __future__ import annotations

import re
import unicodedata

# Letters that NFKD leaves whole although people type them without their stroke or ligature.
PLAIN = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "ħ": "h"})
SPACES = re.compile(r"\s+")
NOT_FOR_TEXT = re.compile("[\x00\ud800-\udfff]")
# What neither XML, a PDF nor a calendar can hold: control characters other than tab and line feed, lone surrogates, non-characters.
NOT_PRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ud800-\udfff\ufffe\uffff]")


def trimmed(text: str) -> str:
    """Without blank ends; nothing else is changed, not even the Unicode form. NUL, which no database column takes, goes too."""
    return NOT_FOR_TEXT.sub("", text).strip()


def fold(text: str) -> str:
    """For search: no case, no accents, single spaces. The query is folded by the same function."""
    # Taken apart before the case goes, since "ℌ" has none until it is an H, and after it, since a folded letter may come apart again.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(PLAIN)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return SPACES.sub(" ", NOT_FOR_TEXT.sub("", bare)).strip()


def printable(text: str) -> str:
    """For files that other programs read: line ends become line feeds, what such files can't hold becomes U+FFFD."""
    return NOT_PRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


LONGEST_WORD = 40  # enough to tell words apart, short enough for every index


def words(text: str) -> list[str]:
    """The words of a text as search knows them: folded, letters, marks and digits only. A document and a query come apart alike."""
    spaced = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in fold(text))
    return [word[:LONGEST_WORD] for word in spaced.split()]
