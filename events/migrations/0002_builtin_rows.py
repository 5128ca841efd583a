"""The roles that every team can use, and the first event types."""

from django.db import migrations

ALL = (
    "can_manage_team",
    "can_edit_event",
    "can_manage_attendees",
    "can_see_personal_data",
    "can_money",
    "can_check_in",
    "can_reports",
    "can_messages",
)
ROLES = (
    ("owner", "Owner", "May do everything at this event.", ALL),
    ("organiser", "Organiser", "Runs the event with the owner.", ALL),
    ("editor", "Editor", "Writes the event's pages.", ("can_edit_event",)),
    ("check-in", "Check-in staff", "Checks people in at the door.", ("can_check_in",)),
    ("viewer", "Viewer", "Looks at the event and its reports.", ("can_reports",)),
)
TYPES = (
    ("conference", {"en": "Conference", "nl": "Conferentie", "de": "Konferenz", "fr": "Conférence", "es": "Congreso", "it": "Conferenza", "pl": "Konferencja"}),
    ("workshop", {"en": "Workshop", "nl": "Workshop", "de": "Workshop", "fr": "Atelier", "es": "Taller", "it": "Laboratorio", "pl": "Warsztaty"}),
    ("lecture", {"en": "Lecture", "nl": "Lezing", "de": "Vortrag", "fr": "Conférence publique", "es": "Charla", "it": "Lezione", "pl": "Wykład"}),
    ("meetup", {"en": "Meetup", "nl": "Bijeenkomst", "de": "Treffen", "fr": "Rencontre", "es": "Encuentro", "it": "Incontro", "pl": "Spotkanie"}),
    ("cultural", {"en": "Cultural", "nl": "Cultureel", "de": "Kultur", "fr": "Culturel", "es": "Cultural", "it": "Culturale", "pl": "Kulturalne"}),
    ("social", {"en": "Social", "nl": "Sociaal", "de": "Gesellig", "fr": "Convivial", "es": "Social", "it": "Sociale", "pl": "Towarzyskie"}),
)


def make(apps, schema_editor):
    role_model, type_model = apps.get_model("events", "Role"), apps.get_model("events", "EventType")
    for key, name, description, rights in ROLES:
        role_model.objects.get_or_create(key=key, defaults={"name": name, "description": description, **dict.fromkeys(rights, True)})
    for key, names in TYPES:
        type_model.objects.get_or_create(key=key, defaults={"name": names["en"], **{f"name_{code}": name for code, name in names.items()}})


def unmake(apps, schema_editor):
    apps.get_model("events", "Role").objects.filter(key__in=[row[0] for row in ROLES], team_members__isnull=True).delete()
    apps.get_model("events", "EventType").objects.filter(key__in=[row[0] for row in TYPES], events__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = (("events", "0001_initial"),)
    operations = (migrations.RunPython(make, unmake),)
