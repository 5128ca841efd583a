"""Money that an organiser sees arrive: on the bank account, or in the hand at the door."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attendees.providers.base import Provider


class TransferProvider(Provider):
    name = "transfer"
    label = _("Bank transfer")


class DoorProvider(Provider):
    name = "door"
    label = _("At the door")
