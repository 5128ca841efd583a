"""Forms of the desk about money."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

METHODS = (("transfer", _("Bank transfer")), ("cash", _("Cash")), ("card", _("Card")), ("other", _("Another way")))


class PaidForm(forms.Form):
    """How the money came. Without an amount: all that is open."""

    method = forms.ChoiceField(label=_("Method"), choices=METHODS, widget=UnfoldAdminSelectWidget)
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=UnfoldAdminTextInputWidget)


class PaidOneForm(PaidForm):
    amount = forms.DecimalField(label=_("Amount"), max_digits=12, decimal_places=2, min_value=0, widget=UnfoldAdminDecimalFieldWidget)
    field_order = ("method", "amount", "note")


class RefundForm(forms.Form):
    amount = forms.DecimalField(label=_("Amount"), max_digits=12, decimal_places=2, min_value=0, widget=UnfoldAdminDecimalFieldWidget)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False, widget=UnfoldAdminTextInputWidget)
    send = forms.BooleanField(label=_("Send it at once"), required=False, initial=True)
