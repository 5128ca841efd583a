"""The least that Django needs for the same kind of work: what the figures of NetEvent are held against.

One view with one SELECT and one UPDATE through the ORM, and one page of the same size as our event page from Django's own page cache. The
same server, the same database and pool, Django's smallest middleware, no session, no user, no form, no template.
"""

from __future__ import annotations

import os

from django.conf import settings

if not settings.configured:
    from netevent.settings.base import DATABASES

    settings.configure(
        DATABASES=DATABASES,
        ROOT_URLCONF="tests.bench.bare",
        ALLOWED_HOSTS=["127.0.0.1"],
        MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        SECRET_KEY="bench",
        USE_TZ=True,
    )

import django

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402

TABLE = "bench_row"
ROWS = 1000


class Row(models.Model):
    name = models.CharField(max_length=100)
    hits = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = TABLE
        managed = False

    def __str__(self) -> str:
        return self.name


def one_select_one_update(request: HttpRequest, pk: int) -> JsonResponse:
    row = Row.objects.get(pk=pk)
    Row.objects.filter(pk=pk).update(hits=row.hits + 1)
    return JsonResponse({"name": row.name, "hits": row.hits + 1})


@cache_page(5)
def cached(request: HttpRequest) -> HttpResponse:
    return HttpResponse("x" * int(os.environ.get("BENCH_PAGE_BYTES", "20000")))


urlpatterns = [path("row/<int:pk>", one_select_one_update), path("cached", cached)]
application = get_wsgi_application()
