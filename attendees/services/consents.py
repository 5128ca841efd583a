"""What people agree to: which text, when, in which language. Consents are added and withdrawn, never edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Consent, ConsentText
from netevent.core.errors import DomainError
from netevent.core.locks import locked

if TYPE_CHECKING:
    from events.models import Event

TEXT_FIELDS = tuple(f"text_{code}" for code in settings.MODELTRANSLATION_LANGUAGES)


def consent_texts_of(event: Event | int) -> list[ConsentText]:
    """What is asked now, what must be agreed to first."""
    return list(ConsentText.objects.filter(event=event, is_active=True).order_by("-is_required", "pk"))


def give_consents(attendee: Attendee, texts: Iterable[ConsentText], *, language: str = "") -> list[Consent]:
    """Note that the person agreed to these texts; those that stand already are left. In the caller's transaction, who holds the row.

    Args:
        language: in which the page was; kept is the one that the text was shown in.
    """
    wanted = list(texts)
    if not wanted:
        return []
    standing = set(Consent.objects.filter(attendee=attendee, withdrawn_at=None).values_list("text", flat=True))
    fresh = [
        Consent(attendee=attendee, text=text, language=shown_language(text, language or get_language() or ""))
        for text in wanted
        if text.pk not in standing
    ]
    return Consent.objects.bulk_create(fresh)


def shown_language(text: ConsentText, language: str) -> str:
    """The language in which somebody who reads `language` saw this text."""
    order = (language.partition("-")[0], *settings.MODELTRANSLATION_FALLBACK_LANGUAGES["default"])
    return next((code for code in order if getattr(text, f"text_{code}", "")), "")


@transaction.atomic
def give_consent(attendee: Attendee, text: ConsentText) -> bool:
    """Agree afterwards, on the personal page. False when it stands already.

    Raises:
        DomainError: `text_changed`: it is not asked any more, or in other words.
    """
    locked(attendee)
    if text.event_id != attendee.event_id or not ConsentText.objects.filter(pk=text.pk, is_active=True).exists():
        raise DomainError("text_changed", _("This text has changed. Please read it again."))
    return bool(give_consents(attendee, [text]))


def withdraw_consent(attendee: Attendee, text: ConsentText) -> bool:
    """End a consent from now on; what was done with it before stays lawful. False when none stands."""
    standing = Consent.objects.filter(attendee=attendee, text=text, withdrawn_at=None)
    return bool(standing.update(withdrawn_at=timezone.now()))


@transaction.atomic
def revise_consent(text: ConsentText, **fields: Any) -> ConsentText:
    """Change what is asked. Other words are a new version; who agreed to the old one agreed to that.

    Args:
        fields: `text_<language>`, `is_required`, `is_active`.

    Raises:
        DomainError: `old_version` for a text that a newer one replaced.
    """
    locked(text.event)
    fresh = ConsentText.objects.get(pk=text.pk)
    if ConsentText.objects.filter(event=fresh.event_id, purpose=fresh.purpose, version__gt=fresh.version).exists():
        raise DomainError("old_version", _("A newer version of this text exists. Change that one."))
    if any(differs(fresh, name, fields) for name in TEXT_FIELDS):
        return next_version(fresh, fields)
    for name in ("is_required", "is_active"):
        setattr(fresh, name, fields.get(name, getattr(fresh, name)))
    fresh.save(update_fields=["is_required", "is_active", "updated_at"])
    return fresh


def differs(text: ConsentText, name: str, fields: Mapping[str, Any]) -> bool:
    return name in fields and (fields[name] or "") != (getattr(text, name) or "")


def next_version(text: ConsentText, fields: Mapping[str, Any]) -> ConsentText:
    """The new words in the old one's place."""
    ConsentText.objects.filter(pk=text.pk).update(is_active=False, updated_at=timezone.now())
    last = ConsentText.objects.filter(event=text.event_id, purpose=text.purpose).aggregate(last=Max("version"))["last"] or 0
    words = {name: fields.get(name, getattr(text, name)) for name in TEXT_FIELDS}
    rest = {name: fields.get(name, getattr(text, name)) for name in ("is_required", "is_active")}
    return ConsentText.objects.create(event_id=text.event_id, purpose=text.purpose, version=last + 1, **words, **rest)


# --- Reading them ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ShownConsent:
    """A text, and the consent to it that stands; `is_old` where other words are asked by now."""

    text: ConsentText
    consent: Consent | None
    is_old: bool = False


def shown_consents(attendee: Attendee) -> list[ShownConsent]:
    """What is asked of a person, and every other text that a consent of theirs stands for."""
    standing = Consent.objects.filter(attendee=attendee, withdrawn_at=None).select_related("text").order_by("pk")
    given = {consent.text_id: consent for consent in standing}
    asked = consent_texts_of(attendee.event_id)
    known = {text.pk for text in asked}
    old = [ShownConsent(consent.text, consent, is_old=True) for pk, consent in given.items() if pk not in known]
    return [*(ShownConsent(text, given.get(text.pk)) for text in asked), *old]
