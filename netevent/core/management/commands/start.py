"""`manage.py start`: everything is set up and running, until Ctrl-C."""

from __future__ import annotations

import contextlib
import gc
import io
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, NoReturn

import waitress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from netevent.bootstrap import LOOPBACK, ROOT, WINDOWS, add_address_options
from netevent.core import assets

DEMO_DOMAIN = "@demo.netevent.test"
DEFAULT_DEMO_PASSWORD = "netevent-demo"  # noqa: S105 -- the published one, refused on any address others can reach
SERVER_THREADS = 8
STOP_SECONDS = 6


def open_port(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything else is done, so that a busy port is known at once.

    Raises:
        CommandError: the port is taken, forbidden, or the address is not one of this machine's.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
        if not WINDOWS:  # there it would share a port that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except (OSError, OverflowError) as error:
        raise CommandError(port_trouble(host, port, error)) from error
    return listener


def port_trouble(host: str, port: int, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return f"Port {port} needs an administrator's rights; choose one above 1023 with --port."
    if isinstance(error, socket.gaierror) or getattr(error, "errno", None) in {
        99,
        49,
        10049,
    }:  # EADDRNOTAVAIL: Linux, macOS, Windows
        return f"{host} is not an address of this machine; choose another with --host."
    if isinstance(error, OverflowError):
        return f"{port} is not a port; choose one from 1 to 65535 with --port."
    return f"Port {port} on {host} is in use by another program; choose another with --port."


def migrate() -> None:
    """Bring the database up to date; costs little when it is."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    if settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache"):
        call_command("createcachetable", verbosity=0)


def refuse_known_passwords(host: str, *, demo_follows: bool) -> None:
    """Others may reach this address: no account on it may have the password that everybody can read in the README.

    Raises:
        CommandError: a demo account has the default password, or is about to get it.
    """
    if host in LOOPBACK:
        return
    known = demo_follows and settings.DEMO_PASSWORD == DEFAULT_DEMO_PASSWORD
    accounts = get_user_model()._default_manager.filter(email__endswith=DEMO_DOMAIN, is_active=True)
    if known or any(account.check_password(DEFAULT_DEMO_PASSWORD) for account in accounts):
        raise CommandError(
            f"Demo accounts have the password that everybody knows, so {host or 'every address'} is refused; "
            "change their passwords, or start with an empty database and --no-demo or a DEMO_PASSWORD of your own."
        )


class Background:
    """The supervised child `manage.py background`: started again when it dies, gone when `stop()` returns."""

    def __init__(self) -> None:
        self.guard = threading.Lock()  # no child is born after stop() has begun
        self.stopping = threading.Event()
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        threading.Thread(target=self._keep, name="background-keeper", daemon=True).start()

    def _keep(self) -> None:
        pause = 1.0
        while child := self._spawn():
            began = time.monotonic()
            child.wait()
            pause = 1.0 if time.monotonic() - began > 60 else min(pause * 2, 30)
            self.stopping.wait(pause)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """In a group of its own: Ctrl-C reaches us alone, and the child leaves when its stdin ends, whatever becomes of us."""
        # 0x200 is CREATE_NEW_PROCESS_GROUP, a name that only Windows knows
        flags: dict[str, Any] = {"creationflags": 0x200} if WINDOWS else {"start_new_session": True}
        with self.guard:
            if self.stopping.is_set():
                return None
            command = [sys.executable, str(ROOT / "manage.py"), "background", "--leave-with-parent"]
            self.child = subprocess.Popen(command, stdin=subprocess.PIPE, **flags)
            return self.child

    def stop(self) -> None:
        with self.guard:
            self.stopping.set()
        if self.child is None:
            return
        with contextlib.suppress(OSError):
            self.child.stdin.close()  # type: ignore[union-attr]
            if not WINDOWS:  # there it would be a kill
                self.child.terminate()  # one that is still starting doesn't look at its stdin yet
        try:
            self.child.wait(STOP_SECONDS)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self.child.kill()
            self.child.wait()


def leave(*_signal: Any) -> NoReturn:
    raise KeyboardInterrupt


def listen_to_signals() -> None:
    """Ctrl-C and a request to end are the same; a shell that started us with `&` made us deaf to the first."""
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # `nohup` wants us to stay
        signal.signal(signal.SIGHUP, leave)


@contextlib.contextmanager
def background(wanted: bool) -> Iterator[None]:
    keeper = Background()
    if wanted:
        keeper.start()
    try:
        yield
    finally:
        keeper.stop()


class Command(BaseCommand):
    help = "Set everything up and run web server, worker and scheduler, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        add_address_options(parser)
        parser.add_argument("--no-demo", action="store_true", help="load no demo into an empty database")
        parser.add_argument("--no-background", action="store_true", help="run the web server alone")

    def handle(self, *_args: Any, **options: Any) -> None:
        listen_to_signals()
        with contextlib.suppress(KeyboardInterrupt):
            listener = open_port(options["host"], options["port"])
            self.set_up(
                options["host"],
                with_demo=not options["no_demo"] and not settings.IS_PRODUCTION and "seed_demo" in get_commands(),
            )
            with background(not options["no_background"]):
                self.serve(listener)
        self.stdout.write("NetEvent has stopped.")

    def set_up(self, host: str, *, with_demo: bool) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise complains about a missing folder
        migrate()
        if not assets.is_built():
            call_command("build_assets", verbosity=0, stdout=io.StringIO())
        demo_follows = with_demo and not get_user_model()._default_manager.exists()
        refuse_known_passwords(host, demo_follows=demo_follows)
        if demo_follows:
            self.stdout.write("Loading the demo …", ending="")
            self.stdout.flush()
            call_command("seed_demo", verbosity=0, stdout=io.StringIO())
            self.stdout.write(" done.")

    def serve(self, listener: socket.socket) -> None:
        from netevent.wsgi import application

        server = waitress.create_server(
            application, sockets=[listener], threads=SERVER_THREADS, ident=None, clear_untrusted_proxy_headers=False
        )
        gc.collect()
        gc.freeze()  # long-lived objects leave the collector alone
        self.say_where()
        server.run()

    def say_where(self) -> None:
        self.stdout.write(f"\nNetEvent runs on {settings.BASE_URL}/  (Ctrl-C ends it)")
        if get_user_model()._default_manager.filter(email=f"admin{DEMO_DOMAIN}").exists():
            password = settings.DEMO_PASSWORD if settings.DEMO_PASSWORD == DEFAULT_DEMO_PASSWORD else "the one in DEMO_PASSWORD"
            self.stdout.write("Sign in with one of these; the password is " + password + ":")
            for name, role in (
                ("admin", "everything"),
                ("organizer", "runs events"),
                ("staff", "checks people in"),
                ("ada", "attends"),
            ):
                self.stdout.write(f"  {name}{DEMO_DOMAIN:<22} {role}")
        else:
            self.stdout.write("No account yet: sign up on the page, or make an admin with  python3 manage.py create_admin you@example.org")
        self.stdout.write("")
        self.stdout.flush()
