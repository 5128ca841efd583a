"""What accounts tells the apps above it.

`account_mail`: a person is to be written to. Arguments: `template` (a folder of templates/emails), `address`, `user` (None for an
address nobody has), `about` and `version` (name the message once), `language`, `context` (ids and plain values). It holds no
link: links are made by `netevent.accounts.links` while the message is rendered.

`address_proved`: this `user` has shown that `email` is theirs; rows of that address may be linked to them. Sent inside the
transaction that records the proof.

`home_of`: where does this `user` land after signing in? Receivers answer (weight, address) or None; the heaviest wins.
"""

from __future__ import annotations

from django.dispatch import Signal

account_mail = Signal()
address_proved = Signal()
home_of = Signal()
