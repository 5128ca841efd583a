"""What the outbox asks the apps above."""

from django.dispatch import Signal

# Sent with `message` while it is rendered, in the receiver's language. A receiver answers None or a dict for the template: whatever
# must not be stored (links with tokens) or is better read late (names, dates). Three keys are not for the template: `attachments` is a
# list of (filename, mimetype, bytes), `reply_to` an address, and `drop` a stable word that says why it is not to be sent any more.
rendering = Signal()
