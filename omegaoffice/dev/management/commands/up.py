"""Servers, web, worker and scheduler in one go; Ctrl-C stops them together."""

import os
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from audit.erasure.journal import refuse_unreplayed_erasures
from audit.errors import CannotCheckError, LogError, TamperedError
from audit.publishing import published
from core import db
from omegaoffice.db.compare import SchemaDiffersError, refuse_changed_schema
from omegaoffice.dev import local_servers, processes
from omegaoffice.dev.demo import people
from omegaoffice.dev.embedded.supervisor import supervise


class Command(BaseCommand):
    help = "Bring the database up to date, then run web, worker and scheduler until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, help="port to listen on (default: PORT, or 8000)")
        parser.add_argument("--demo", action="store_true", help="make demo people and data on the first run")

    def handle(self, *_args: Any, **options: Any) -> None:
        host, option, given = options["host"], "--port", options["port"]
        if given is None:
            option, given = "PORT", os.environ.get("PORT", "8000")
        port = int(given) if str(given).isdecimal() else 0
        if port not in range(1, 1 << 16):
            raise CommandError(f"{option} is {given!r}; it must be a number from 1 to 65535.")
        if not processes.port_is_free(host, port):
            raise CommandError(f"Port {port} is taken. Choose another: PORT=8123 make run")
        call_command("migrate", verbosity=0, interactive=False)
        try:
            self._refuse_changed_schema()
            self._refuse_to_be_behind()
            self._refuse_unreplayed_erasures()
        finally:
            connections.close_all()
        practice_port = processes.free_port("127.0.0.1", port + 1)
        practice_url = f"http://127.0.0.1:{practice_port}"
        children = [
            processes.worker(practice_url=practice_url),
            processes.sequencer(),
            processes.beat(),
            processes.practice(practice_port),
        ]
        if options["demo"]:
            call_command("demo_people")
            call_command("demo_office")
        address = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
        announcer = threading.Thread(target=self._announce, args=(address, options["demo"]), daemon=True)
        announcer.start()
        web = [processes.web(host, port, name=name, practice_url=practice_url) for name in ("web-1", "web-2")]
        sys.exit(supervise([*web, *children], watch=local_servers.ended))

    def _refuse_changed_schema(self) -> None:
        try:
            refuse_changed_schema("auditor", by="up", now=timezone.now())
        except SchemaDiffersError as error:
            raise CommandError(f"{error}\nSee `manage.py audit_guards`.") from None

    def _refuse_to_be_behind(self) -> None:
        try:
            with db.use_role("auditor"):
                missing = published.compare(published.read_published())
        except (TamperedError, CannotCheckError) as error:
            raise CommandError(
                f"The database does not agree with what was published; nothing is started.\n- {error}"
            ) from None
        for sentence in missing:
            self.stderr.write(f"Nothing shows that no entries were taken away: {sentence}")

    def _refuse_unreplayed_erasures(self) -> None:
        try:
            with db.use_role("auditor"):
                refuse_unreplayed_erasures()
        except LogError as error:
            raise CommandError(str(error)) from None

    def _announce(self, address: str, demo: bool) -> None:  # noqa: FBT001
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{address}/readyz", timeout=5):  # noqa: S310  our own address
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        else:
            self.stderr.write("The office did not become ready within two minutes; see the lines above.")
            return
        self.stdout.write(people.where_to_click(address) if demo else f"\nThe office is open: {address}/\n")
