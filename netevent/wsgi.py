"""What a WSGI server loads: `netevent.wsgi:application`."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from netevent.bootstrap import choose_settings
from netevent.core.checks import refuse_demo_accounts

choose_settings()
application = get_wsgi_application()
if settings.IS_PRODUCTION:
    refuse_demo_accounts()
