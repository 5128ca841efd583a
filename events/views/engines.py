"""What search engines read beside the pages: robots.txt and the site's map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemaps
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from events.models import Event
from netevent.accounts.languages import offered_codes
from netevent.core.policies import policy

# Filters lead to ever more addresses of the same events; the list itself, its pages and its languages are enough.
ROBOTS = """User-agent: *
Allow: /events/?page=
Allow: /events/?lang=
Disallow: /events/?
Disallow: /embed/
Disallow: /event/register/
Disallow: /attendee/
Disallow: /admin/
Disallow: /api/
Disallow: /jobs/

Sitemap: {base_url}{sitemap}
"""


@cache_control(public=True, max_age=3600)
@policy("public")
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    text = ROBOTS.format(base_url=settings.BASE_URL, sitemap=reverse("events:sitemap"))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


class InEveryLanguage(Sitemap):
    """Each address with the same page in the other languages, which the address names too (`?lang=`)."""

    limit = 2000
    protocol = urlsplit(settings.BASE_URL).scheme or "https"

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.BASE_URL).netloc

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        urls: list[dict[str, Any]] = super().get_urls(page, site, self.protocol)
        codes = sorted(offered_codes())
        for url in urls:
            url["alternates"] = [{"location": f"{url['location']}?lang={code}", "lang_code": code} for code in codes]
        return urls


class PagesMap(InEveryLanguage):
    def items(self) -> list[str]:
        return ["events:landing", "events:list"]

    def location(self, item: str) -> str:
        return reverse(item)


class EventsMap(InEveryLanguage):
    """Listed events, also past ones: their pages stay."""

    def items(self) -> QuerySet[Event]:
        return Event.objects.listed().only("code", "updated_at").order_by("pk")

    def lastmod(self, item: Event) -> Any:
        return item.updated_at


SECTIONS: dict[str, type[Sitemap] | Sitemap] = {"pages": PagesMap(), "events": EventsMap()}


@cache_control(public=True, max_age=3600)
@policy("public")
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    return render(request, "sitemap_index.xml", {"sitemaps": list(parts())}, content_type="application/xml")


def parts() -> Iterator[dict[str, str]]:
    for name, section in SECTIONS.items():
        address = f"{settings.BASE_URL}{reverse('events:sitemap-section', args=[name])}"
        for number in Paginator(cast(Any, section).items(), InEveryLanguage.limit).page_range:
            yield {"location": address if number == 1 else f"{address}?p={number}"}


@cache_control(public=True, max_age=3600)
@policy("public")
@require_safe
def sitemap_section(request: HttpRequest, section: str) -> HttpResponse:
    return sitemaps.sitemap(request, SECTIONS, section=section)
