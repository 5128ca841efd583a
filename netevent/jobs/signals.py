"""What jobs tell the apps above."""

from django.dispatch import Signal

# Sent with `job`, its row as stored, once when it is done, failed or cancelled; not when it is put back for another attempt.
job_finished = Signal()
