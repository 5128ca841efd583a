"""Every language says all that the code says."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.management import call_command

from netevent.core import catalogues

TEMPLATE = catalogues.template_catalogue()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_catalogue_is_complete_and_current(language):
    assert list(catalogues.faults(language, TEMPLATE)) == []


def test_untranslated_fuzzy_and_broken_messages_are_found(monkeypatch):
    template = Catalog()
    for text in ("plain", "unsure", "for %(name)s"):
        template.add(text, locations=[("somewhere.py", 1)])
    catalogue = Catalog(locale="de")
    catalogue.add("plain", "")
    catalogue.add("unsure", "unsicher", flags=["fuzzy"])
    catalogue.add("for %(name)s", "für %(nam)s")
    monkeypatch.setattr(catalogues, "read_catalogue", lambda _language: catalogue)

    assert len(list(catalogues.faults("de", template))) == 3


def test_check_catalogues_says_that_all_is_there(capsys):
    call_command("check_catalogues")

    assert "complete in en, nl, de, fr, es, it, pl" in capsys.readouterr().out
