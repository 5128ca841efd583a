"""What the demo's conference asks its people, and what they answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attendees.models import AskedWhen, Attendee, Consent, ConsentText, Question, QuestionAnswer, QuestionKind
from netevent.core.demo import Demo

if TYPE_CHECKING:
    from events.models import Event

DIETS = (
    ("everything", {"en": "Everything", "nl": "Alles", "de": "Alles"}),
    ("vegetarian", {"en": "Vegetarian", "nl": "Vegetarisch", "de": "Vegetarisch"}),
    ("vegan", {"en": "Vegan", "nl": "Plantaardig", "de": "Vegan"}),
    ("other", {"en": "Something else", "nl": "Iets anders", "de": "Etwas anderes"}),
)
DAYS = (("monday", {"en": "Monday", "nl": "Maandag", "de": "Montag"}), ("tuesday", {"en": "Tuesday", "nl": "Dinsdag", "de": "Dienstag"}))


def make_questions(demo: Demo, event: Event) -> None:
    """Questions, a condition and two consents at one event, and answers of most of its people."""
    diet = ask(
        event,
        1,
        "diet",
        QuestionKind.CHOICE,
        label_en="What do you eat?",
        label_nl="Wat eet je?",
        label_de="Was isst du?",
        choices=listed(DIETS),
        at_desk=True,
    )
    label = {"label_en": "What exactly?", "label_nl": "Wat precies?", "label_de": "Was genau?"}
    what = ask(event, 2, "diet-other", QuestionKind.TEXT, depends_on=diet, depends_values=["other"], is_required=True, **label)
    label = {"label_en": "Which days will you be here?", "label_nl": "Welke dagen ben je er?", "label_de": "An welchen Tagen bist du da?"}
    days = ask(event, 3, "days", QuestionKind.SEVERAL, choices=listed(DAYS), **label)
    text = {
        "text_en": "Pictures that show me may stand on the organiser's pages.",
        "text_nl": "Foto's van mij mogen op de pagina's van de organisator staan.",
        "text_de": "Bilder von mir dürfen auf den Seiten der Veranstaltung stehen.",
    }
    photos = ConsentText.objects.create(event=event, purpose="photos", **text)
    answer(demo, event, [diet, what, days], photos)


def ask(event: Event, position: int, key: str, kind: str, **fields: Any) -> Question:
    return Question.objects.create(event=event, position=position, key=key, kind=kind, when=AskedWhen.REGISTRATION, **fields)


def listed(choices: tuple[tuple[str, dict[str, str]], ...]) -> list[dict[str, Any]]:
    return [{"key": key, "label": labels} for key, labels in choices]


def answer(demo: Demo, event: Event, questions: list[Question], photos: ConsentText) -> None:
    """Most people said what they eat and when they come; half of them may be shown in pictures."""
    dice = demo.dice(f"{event.code} answers")
    diet, what, days = questions
    answers, consents = [], []
    for attendee in Attendee.objects.filter(event=event).order_by("pk"):
        eats = dice.choices([key for key, _labels in DIETS], weights=[9, 4, 3, 1])[0]
        answers.append(QuestionAnswer(attendee=attendee, question=diet, value=eats))
        if eats == "other":
            answers.append(QuestionAnswer(attendee=attendee, question=what, value=dice.choice(("No nuts", "No gluten", "Kosher", "Halal"))))
        if dice.random() < 0.8:
            answers.append(
                QuestionAnswer(attendee=attendee, question=days, value=dice.choice((["monday"], ["tuesday"], ["monday", "tuesday"])))
            )
        if dice.random() < 0.5:
            consents.append(Consent(attendee=attendee, text=photos, language="en"))
    QuestionAnswer.objects.bulk_create(answers, batch_size=500)
    Consent.objects.bulk_create(consents, batch_size=500)
    demo.count("answers", len(answers))
