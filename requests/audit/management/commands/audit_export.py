"""Export a stretch of the log as a bundle; exit 0 when it is written, 2 when it cannot be."""

import os
import shlex
import sys
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from audit import sides
from audit.actors import machine
from audit.errors import CannotCheckError, ExportRefusedError, FilterError
from audit.export_states import ExportState
from audit.filters import Filter
from audit.models import Entry, Export
from audit.receipt_door import key_options
from audit.services import ask_export, open_archive, resume_export, run_export

_FILTERS = {
    "after": "entries from this time on: 2026-11-23T09:30:00Z, or a date",
    "before": "entries earlier than this time",
    "actor": "who acted: staff:…, user:…, machine:…",
    "event": "one kind of event, as humanaccess.item.read",
    "subject": "the reference of the person it is about",
    "outcome": "ok, refused or failed",
    "case": "one case, as RR-2026-000123",
}
_VERIFY = Path(__file__).resolve().parents[2] / "bundle" / "verify.py"
_STOPPED = "Stopped. What is written is kept, and the worker completes it; audit_export --resume ID does so here."


class Command(BaseCommand):
    help = "Write entries of the log, their proofs and a verifier into one archive."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--out", required=True, metavar="DIR", help="the folder that gets the archive")
        for name, words in _FILTERS.items():
            parser.add_argument(f"--{name}", default="", help=words)
        parser.add_argument("--compress", choices=["gzip", "zstd"], default="gzip")
        parser.add_argument("--disclose-staff", action="store_true", help="with the names of members of staff")
        parser.add_argument(
            "--disclose-subject", action="store_true", help="with the personal details of the one case; it is logged"
        )
        parser.add_argument("--resume", type=UUID, metavar="ID", help="go on with an export that was interrupted")

    def handle(self, **options: Any) -> None:
        # Whoever may run commands here holds the keys as well: the log says that it was the command line.
        self.actor = machine("command-line")
        with sides.acting("auditor"):
            try:
                self.export(options)
            except (FilterError, ExportRefusedError, CannotCheckError) as error:
                self.refuse(str(error))
            except OSError as error:
                self.refuse(f"{error.filename or options['out']}: {error.strerror or 'it cannot be written'}")
            except DatabaseError as error:
                self.refuse(f"the database answered {type(error).__name__}")
            except KeyboardInterrupt:
                self.refuse(_STOPPED)

    def export(self, options: dict[str, Any]) -> None:
        """Ask, run, and bring the archive to its folder."""
        folder = Path(options["out"])
        folder.mkdir(parents=True, exist_ok=True)
        if options["resume"]:
            export = Export.objects.filter(pk=options["resume"]).first()
            if export is None:
                self.refuse(f"there is no export {options['resume']}")
            if export.state in {ExportState.FAILED, ExportState.PAUSED}:
                resume_export(export, actor=self.actor, now=timezone.now(), ring=False)
        else:
            wanted = Filter.parse({name: options[name] for name in _FILTERS})
            self.check_known(wanted)
            export = ask_export(
                wanted,
                actor=self.actor,
                now=timezone.now(),
                disclose_staff=options["disclose_staff"],
                disclose_subject_case=options["disclose_subject"],
                compress=options["compress"],
                ring=False,
            )
            about = "" if export.estimate_is_exact else "about "
            self.stderr.write(
                f"Export {export.pk}: {about}{export.estimated_entries:,} entries, "
                f"about {export.estimated_bytes / 1e6:,.1f} MB."
            )
        run_export(export.pk, clock=timezone.now, told=self.tell)
        export = Export.objects.get(pk=export.pk)
        if export.state != ExportState.FINISHED:
            self.refuse(export.error_sentence or f"the export is {export.get_state_display()}; a worker may be at it")
        self.conclude(export, self.bring(export, folder))

    def check_known(self, wanted: Filter) -> None:
        """Refuse a case, a person or an actor that no entry names: most likely it was mistyped."""
        named = {"case_ref": wanted.case, "subject": wanted.subject, "actor": wanted.actor}
        for column, value in named.items():
            if value and not Entry.objects.filter(**{column: value}).exists():
                self.refuse(f"no entry of the log names {value}")

    def bring(self, export: Export, folder: Path) -> Path:
        """Write the archive into the folder under its name, whole or not at all."""
        path = folder / export.file_name
        draft = folder / f".{export.file_name}.{os.getpid()}"
        reader, _ = open_archive(export, actor=self.actor, now=timezone.now())
        try:
            with reader, draft.open("xb") as file:
                for chunk in reader.read_range():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return path

    def conclude(self, export: Export, path: Path) -> None:
        """Say what was written and how to check it."""
        given = f", {export.disclosures:,} disclosures" if export.disclosures else ""
        if export.disclosures_missing:
            given += f", {export.disclosures_missing:,} missing or not opening"
        unpack, checked = "", str(path)
        if export.compress == "zstd":  # few Pythons read it by themselves
            unpack = f"tar --zstd -xf {shlex.quote(checked)} -C {shlex.quote(str(path.parent))} && "
            checked = str(path.parent / f"audit-{export.pk}")
        self.stdout.write(f"Archive:  {path} ({path.stat().st_size:,} bytes)")
        self.stdout.write(f"Entries:  {export.done:,}{given}; checkpoint {export.checkpoint_size:,}")
        self.stdout.write(f"Manifest: SHA-256 {export.manifest_sha256}")
        command = f"python3 {shlex.quote(str(_VERIFY))} {shlex.quote(checked)} {key_options()}"
        self.stdout.write(f"Verify:   {unpack}{command}")

    def tell(self, export: Export) -> None:
        """Show progress on one line."""
        live = self.stderr.isatty()
        said = f"{export.done:,} of {export.expected:,} entries ({export.percent} %)"
        self.stderr.write(f"\r{said}" if live else said, ending="" if live else "\n")

    def refuse(self, sentence: str) -> NoReturn:
        """Say why not, and end with 2."""
        self.stderr.write(f"Cannot export: {sentence}")
        sys.exit(2)
