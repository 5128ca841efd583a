"""The first reasons for not accepting a registration."""

from django.db import migrations

REASONS = (
    ("full", {
        "en": "All places went to people who registered earlier.",
        "nl": "Alle plaatsen zijn naar mensen gegaan die zich eerder hebben aangemeld.",
        "de": "Alle Plätze gingen an Personen, die sich früher angemeldet haben.",
        "fr": "Toutes les places ont été attribuées à des personnes inscrites plus tôt.",
        "es": "Todas las plazas fueron para personas que se inscribieron antes.",
        "it": "Tutti i posti sono andati a persone che si sono iscritte prima.",
        "pl": "Wszystkie miejsca otrzymały osoby, które zgłosiły się wcześniej.",
    }),
    ("other-audience", {
        "en": "This event is meant for another group of people.",
        "nl": "Dit evenement is voor een andere groep bedoeld.",
        "de": "Diese Veranstaltung richtet sich an eine andere Gruppe.",
        "fr": "Cet événement s’adresse à un autre public.",
        "es": "Este evento está pensado para otro público.",
        "it": "Questo evento è pensato per un altro pubblico.",
        "pl": "To wydarzenie jest przeznaczone dla innej grupy osób.",
    }),
    ("incomplete", {
        "en": "Your details are not complete. Please write to us if you would still like to come.",
        "nl": "Je gegevens zijn niet volledig. Schrijf ons als je nog steeds wilt komen.",
        "de": "Die Angaben sind nicht vollständig. Bitte schreib uns, falls du weiterhin kommen möchtest.",
        "fr": "Vos informations sont incomplètes. Écrivez-nous si vous souhaitez toujours venir.",
        "es": "Tus datos no están completos. Escríbenos si todavía quieres venir.",
        "it": "I tuoi dati non sono completi. Scrivici se vuoi ancora partecipare.",
        "pl": "Dane są niepełne. Napisz do nas, jeśli nadal chcesz przyjść.",
    }),
    ("twice", {
        "en": "You are registered already with another address.",
        "nl": "Je bent al aangemeld met een ander adres.",
        "de": "Es gibt bereits eine Anmeldung von dir mit einer anderen Adresse.",
        "fr": "Une inscription à votre nom existe déjà avec une autre adresse.",
        "es": "Ya existe una inscripción tuya con otra dirección.",
        "it": "Esiste già una tua iscrizione con un altro indirizzo.",
        "pl": "Masz już zgłoszenie z innym adresem.",
    }),
)


def make(apps, schema_editor):
    reason_model = apps.get_model("attendees", "Reason")
    for key, texts in REASONS:
        known = {"text": texts["en"], **{f"text_{code}": text for code, text in texts.items()}}
        reason_model.objects.get_or_create(key=key, organiser=None, defaults=known)


def unmake(apps, schema_editor):
    apps.get_model("attendees", "Reason").objects.filter(organiser=None, key__in=[key for key, _texts in REASONS]).delete()


class Migration(migrations.Migration):
    dependencies = (("attendees", "0002_registration_in_full"),)
    operations = (migrations.RunPython(make, unmake),)
