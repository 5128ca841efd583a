"""What a WSGI server loads: `netevent.wsgi:application`."""

from django.core.wsgi import get_wsgi_application

from netevent.bootstrap import choose_settings

choose_settings()
application = get_wsgi_application()
