"""The words that templates are written with: dates, money, icons, fields and the components that hold other content."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    RadioSelect,
    Select,
    Textarea,
)
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from netevent.core import assets, dates, money
from netevent.core.accents import clean_colour, clean_colours
from netevent.core.icons import icon_svg
from netevent.core.patterns import pattern_svg

register = template.Library()

# --- Dates and money -------------------------------------------------------------------------------------------------------


@register.simple_tag
def show_datetime(value: dt.datetime | None, zone: str | None = None) -> str:
    return dates.show_datetime(value, zone)


@register.simple_tag
def show_date(value: dt.date | None, zone: str | None = None) -> str:
    return dates.show_date(value, zone)


@register.simple_tag
def show_time(value: dt.datetime | None, zone: str | None = None) -> str:
    return dates.show_time(value, zone)


@register.simple_tag
def show_range(start: dt.datetime | None, end: dt.datetime | None, zone: str | None = None) -> str:
    return dates.show_range(start, end, zone)


@register.simple_tag
def show_days(start: dt.datetime | None, end: dt.datetime | None, zone: str | None = None) -> str:
    return dates.show_days(start, end, zone)


@register.simple_tag
def show_weekday(value: dt.datetime, zone: str | None = None) -> str:
    return dates.show_weekday(value, zone)


@register.simple_tag
def show_with_weekday(value: dt.datetime, zone: str | None = None) -> str:
    return dates.show_with_weekday(value, zone)


@register.simple_tag
def show_short_day(value: dt.datetime, zone: str | None = None) -> str:
    return dates.show_short_day(value, zone)


@register.simple_tag
def show_month(value: dt.date, zone: str | None = None) -> str:
    return dates.show_month(value, zone or None)


@register.simple_tag
def show_day(value: dt.date, zone: str | None = None) -> int:
    """The day of the month, as a number."""
    return (dates.local(value, zone or None) if isinstance(value, dt.datetime) else value).day


@register.simple_tag
def show_zone(zone: str, at: dt.datetime | None = None) -> str:
    return dates.show_zone(zone, at)


@register.simple_tag
def local_time(value: dt.datetime | None, zone: str | None = None, text: str = "") -> SafeString | str:
    """The moment in the event's zone (or `text`) as `<time>`; local-time.js adds the reader's own clock where it differs."""
    if value is None:
        return ""
    return format_html(
        '<time datetime="{}" data-local-time>{}</time>',
        dates.local(value, zone).isoformat(),
        text or dates.show_datetime(value, zone),
    )


@register.simple_tag
def show_money(amount: Decimal, currency: str) -> str:
    return money.show_money(amount, currency)


@register.simple_tag
def show_price(amount: Decimal | None, currency: str) -> str:
    return money.show_price(amount, currency)


@register.filter
def number(value: Decimal | float | None) -> str:
    """A count or figure in the reader's language; empty for nothing."""
    return "" if value is None or value == "" else money.show_number(value)


@register.filter
def percent(share: Decimal | float | None) -> str:
    return "" if share is None or share == "" else money.show_percent(share)


@register.filter
def initials(name: object) -> str:
    """At most two letters that stand for a person: first and last word."""
    words = str(name).split()
    return "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words[:1])).upper()


# --- Looks -----------------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    return icon_svg(name, label)


@register.simple_tag
def event_pattern(code: str) -> SafeString:
    return pattern_svg(code)


@register.simple_tag
def accent_class(colour: str | None) -> str:
    """`accent-aabbcc`, or nothing for no colour: the product's own accent then holds."""
    code = clean_colour(colour or "")
    return f"accent-{code}" if code else ""


@register.simple_tag
def accents(*colours: str | Iterable[str] | None) -> SafeString:
    """The stylesheet of the colours on this page: single colours or lists of them."""
    flat = [colour for group in colours if group for colour in ([group] if isinstance(group, str) else group) if colour]
    codes = clean_colours(flat)
    if not codes:
        return SafeString("")
    return format_html('<link rel="stylesheet" href="{}?c={}">', reverse("accents"), ",".join(codes))


@register.simple_tag
def page_styles() -> SafeString:
    """The stylesheet: the joined file when it was built, else the sources."""
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((address,) for address in assets.styles()))


@register.simple_tag
def page_scripts() -> SafeString:
    """The behaviours: the joined file when it was built, else one module each."""
    return format_html_join("\n", '<script type="module" src="{}"></script>', ((path,) for path in assets.scripts()))


@register.simple_tag
def page_fonts() -> SafeString:
    """Early word to the browser about the letters it will need."""
    link = '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>'
    return format_html_join("\n", link, ((address,) for address in assets.fonts()))


@register.simple_tag(takes_context=True)
def lang_url(context: Context, code: str) -> str:
    """This page in another language, with the rest of its query."""
    request = context.get("request")
    if request is None:
        return f"?lang={code}"
    query = request.GET.copy()
    query["lang"] = code
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """This page's query with some parameters changed; `None` or an empty text takes one out.

    Paging starts anew unless it is what changes.
    """
    parameters = context["request"].GET.copy()
    if "page" not in changes:
        parameters.pop("page", None)
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in (None, ""):
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"


# --- Forms -----------------------------------------------------------------------------------------------------------------


def field_kind(bound: BoundField) -> str:
    """How a field is laid out: its widget decides."""
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return "choices"
    kinds = ((CheckboxInput, "check"), (Select, "select"), (Textarea, "text"), (ClearableFileInput, "file"))
    return next((name for kind, name in kinds if isinstance(widget, kind)), "input")


def field_context(bound: BoundField, options: dict[str, Any]) -> dict[str, Any]:
    attributes = {name.replace("_", "-"): value for name, value in options.items() if name not in {"label", "help", "hide_label"}}
    placeholder = bound.field.widget.attrs.get("placeholder")
    if placeholder and str(placeholder) == str(bound.label):
        bound.field.widget.attrs.pop("placeholder")  # a label that vanishes on typing says nothing that the label doesn't
    if field_kind(bound) not in {"choices", "check"}:
        attributes["class"] = " ".join(filter(None, ["field__input", bound.field.widget.attrs.get("class"), attributes.get("class")]))
    return {
        "field": bound,
        "kind": field_kind(bound),
        "label": options.get("label") or bound.label,
        "help": options.get("help") or bound.help_text,
        "hide_label": options.get("hide_label", False),
        "attributes": attributes,
        "widget": bound.as_widget(attrs=attributes) if field_kind(bound) != "choices" else "",
    }


@register.simple_tag
def field(bound: BoundField, **options: Any) -> SafeString:
    """One form field with label, help and error. Options: `label`, `help`, `hide_label`; all others become attributes of the input."""
    if bound.is_hidden:
        return SafeString(str(bound))
    return render_to_string("components/_field.html", field_context(bound, options))


@register.simple_tag
def fields(form: BaseForm) -> SafeString:
    """The whole form without its `<form>`: summary of errors, hidden fields, then every field."""
    return render_to_string("components/_fields.html", {"form": form})


@register.simple_tag
def form_errors(form: BaseForm) -> SafeString:
    """What is wrong, at the top, each line leading to its field; nothing when all is well."""
    return render_to_string("components/_error_summary.html", {"form": form}) if form.errors else SafeString("")


@register.filter
def error_lines(form: BaseForm) -> list[dict[str, Any]]:
    """For the summary: label, anchor and first message of each field at fault."""
    return [
        {"label": bound.label, "anchor": bound.id_for_label or bound.auto_id, "message": bound.errors[0]} for bound in form if bound.errors
    ]


# --- Components that hold other content ------------------------------------------------------------------------------------


def component(name: str, content: str, context: Context, options: dict[str, Any]) -> SafeString:
    inner = {"content": SafeString(content.strip()), "request": context.get("request"), **options}
    return render_to_string(f"components/_{name}.html", inner)


@register.simple_block_tag(takes_context=True)
def banner(context: Context, content: str, tone: str = "info", **options: Any) -> SafeString:
    """`{% banner tone="warning" title="…" %}…{% endbanner %}`"""
    return component("banner", content, context, {"tone": tone, **options})


@register.simple_block_tag(takes_context=True)
def page_header(context: Context, content: str, title: str, **options: Any) -> SafeString:
    """`{% page_header title=event.name kicker="…" lead="…" back="/…" back_label="…" %}buttons{% endpage_header %}`"""
    return component("page_header", content, context, {"title": title, **options})


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, id: str, title: str, **options: Any) -> SafeString:  # noqa: A002 -- it is the element's id
    """`{% dialog id="cancel" title="…" %}…{% enddialog %}`, opened by `<button data-dialog-open="cancel">`."""
    return component("dialog", content, context, {"id": id, "title": title, **options})


@register.simple_block_tag(takes_context=True)
def empty_state(context: Context, content: str, title: str, icon: str = "info", **options: Any) -> SafeString:
    """`{% empty_state title="…" text="…" icon="ticket" %}<a class="button" …>{% endempty_state %}`"""
    return component("empty_state", content, context, {"title": title, "icon": icon, **options})
