"""Fields that keep one form of a value, whichever way it is written or looked up."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from netevent.core.codes import CODE_LENGTH, is_reserved
from netevent.core.text import trimmed

code_form = RegexValidator(r"^[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?$", _("Use letters A–Z, digits and hyphens."), code="code_form")


def normalise_email(text: str) -> str:
    """Trimmed, NFKC, lower case: made in Python, since SQLite's LOWER folds ASCII only."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def normalise_code(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def refuse_reserved(code: str) -> None:
    if is_reserved(code):
        raise ValidationError(_("This word is reserved. Please choose another code."), code="reserved")


class LowerEmailField(models.EmailField):
    """An e-mail in its one normalised form, so that a plain unique constraint ignores case on both databases."""

    def to_python(self, value: Any) -> Any:
        return normalise_email(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(normalise_email(value) or None if isinstance(value, str) else value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname)) or None
        setattr(model_instance, self.attname, value)
        return value


class CodeField(models.CharField):
    """At most ten characters, kept in capitals; entered in any case."""

    default_validators = [code_form, refuse_reserved]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", CODE_LENGTH)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        return normalise_code(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(normalise_code(value) if isinstance(value, str) else value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class TrimmedCharField(models.CharField):
    """A name or a line: ends trimmed, otherwise as typed."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        raw = getattr(model_instance, self.attname)
        value = raw if raw is None else trimmed(raw)  # an untranslated column stays NULL
        setattr(model_instance, self.attname, value)
        return value


class WebAddressField(models.URLField):
    """An http(s) address; one typed without its beginning gets https."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})
