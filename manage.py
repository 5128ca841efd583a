#!/usr/bin/env python3
"""NetEvent's commands: `python3 manage.py start`, `python3 manage.py test`, and Django's.

Every Python must be able to read this file, so that an old one is told what is missing. What follows is `netevent/bootstrap.py`.
"""

import sys


def main():
    if sys.version_info < (3, 11):
        sys.exit(
            "NetEvent needs Python 3.11 or newer; this is Python %d.%d (%s)." % (sys.version_info[0], sys.version_info[1], sys.executable)
        )

    from netevent.bootstrap import main as run  # not before the check above: it is written for Python 3.11

    run(sys.argv)


if __name__ == "__main__":
    main()
