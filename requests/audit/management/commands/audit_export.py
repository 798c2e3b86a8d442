"""Export entries of the log as a bundle; exit 0 when it is written, 2 when it cannot be."""

import os
import shlex
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

from django.utils import timezone

from audit.api.serializers import FILTER_HELP
from audit.exports.change_state import change_export
from audit.exports.download import open_archive
from audit.exports.models import Export
from audit.exports.request_export import request_export
from audit.exports.run import run_export
from audit.exports.states import STOPPED, ExportAct, ExportState
from audit.log.actors import machine
from audit.log.models import Entry
from audit.management.base import LogCommand
from audit.search.filters import Filter
from audit.tree.proof_download import key_options

_VERIFY = Path(__file__).resolve().parents[2] / "exports" / "bundle" / "verify.py"
_STOPPED = "Stopped. What is written is kept, and the worker completes it; audit_export --resume ID does so here."


class Command(LogCommand):
    help = "Write entries of the log, their proofs and a verifier into one archive."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--out", required=True, metavar="DIR", help="the folder for the archive")
        for name, text in FILTER_HELP.items():
            parser.add_argument(f"--{name}", default="", help=text)
        parser.add_argument("--compress", choices=["gzip", "zstd"], default="gzip")
        parser.add_argument("--disclose-staff", action="store_true", help="with the names of members of staff")
        parser.add_argument(
            "--disclose-subject", action="store_true", help="with the personal details of the one case; it is logged"
        )
        parser.add_argument("--resume", type=UUID, metavar="ID", help="resume an interrupted export")

    def handle(self, **options: Any) -> None:
        # No person is known here: whoever may run commands has the keys as well.
        self.actor = machine("command-line")
        try:
            with self.run_as("auditor", failed="Cannot export: "):
                self.export(options)
        except OSError as error:
            self.refuse(f"{error.filename or options['out']}: {error.strerror or 'it cannot be written'}")
        except KeyboardInterrupt:
            self.refuse(_STOPPED)

    def export(self, options: dict[str, Any]) -> None:
        """Request the export, run it, and write the archive to its folder."""
        folder = Path(options["out"])
        folder.mkdir(parents=True, exist_ok=True)
        if options["resume"]:
            export = Export.objects.filter(pk=options["resume"]).first()
            if export is None:
                self.refuse(f"there is no export {options['resume']}")
            if export.state in STOPPED:
                change_export(export, ExportAct.RESUME, actor=self.actor, now=timezone.now(), enqueue=False)
        else:
            wanted = Filter.parse({name: options[name] for name in FILTER_HELP})
            self.check_known(wanted)
            export = request_export(
                wanted,
                actor=self.actor,
                now=timezone.now(),
                disclose_staff=options["disclose_staff"],
                disclose_subject_case=options["disclose_subject"],
                compress=options["compress"],
                enqueue=False,
            )
            about = "" if export.estimate_is_exact else "about "
            self.stderr.write(
                f"Export {export.pk}: {about}{export.estimated_entries:,} entries, "
                f"about {export.estimated_bytes / 1e6:,.1f} MB."
            )
        run_export(export.pk, clock=timezone.now, report=self.tell)
        export = Export.objects.get(pk=export.pk)
        if export.state != ExportState.FINISHED:
            self.refuse(export.error_sentence or f"the export is {export.get_state_display()}; a worker may be at it")
        self.conclude(export, self.bring(export, folder))

    def check_known(self, wanted: Filter) -> None:
        """Refuse a case, a person or an actor that no entry names: it was probably mistyped."""
        named = {"case_ref": wanted.case, "subject": wanted.subject, "actor": wanted.actor}
        for column, value in named.items():
            if value and not Entry.objects.filter(**{column: value}).exists():
                self.refuse(f"no entry of the log names {value}")

    def bring(self, export: Export, folder: Path) -> Path:
        """Write the archive to the folder, as a whole or not at all."""
        path = folder / export.file_name
        draft = folder / f".{export.file_name}.{os.getpid()}"
        try:
            with open_archive(export, actor=self.actor, now=timezone.now()) as reader, draft.open("xb") as file:
                for chunk in reader.read_range():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return path

    def conclude(self, export: Export, path: Path) -> None:
        """Print what was written and how to check it."""
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
        """Show progress: on one line of a terminal, else a line each."""
        live = self.stderr.isatty()
        progress = f"{export.done:,} of {export.expected:,} entries ({export.percent} %)"
        self.stderr.write(f"\r{progress}" if live else progress, ending="" if live else "\n")

    def refuse(self, sentence: str) -> NoReturn:
        """Print why not, and exit with 2."""
        self.stop(2, f"Cannot export: {sentence}")
