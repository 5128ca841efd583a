"""Events that are there already are found too."""

from django.db import migrations


def write_texts(apps, schema_editor):
    """The index over the texts is made after the migrations (events/models/search.py)."""
    from events.services.search import document_of

    EventSearch = apps.get_model("events", "EventSearch")
    events = apps.get_model("events", "Event").objects.select_related("organiser", "venue").prefetch_related("tags", "clubs").order_by("pk")
    texts = (EventSearch(event_id=event.pk, document=document_of(event)) for event in events.iterator(chunk_size=500))
    EventSearch.objects.bulk_create(texts, batch_size=500)


class Migration(migrations.Migration):
    dependencies = (("events", "0003_registration_in_full"),)
    operations = (migrations.RunPython(write_texts, migrations.RunPython.noop),)
