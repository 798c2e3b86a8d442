"""Store the platform's streams from a file."""

import resource
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.workloads.errors import WorkloadsError
from accounts.workloads.models import SetAsideLine
from accounts.workloads.services import ingest_stream
from accounts.workloads.services.ingest_stream import Report
from audit.log.actors import machine
from core import db

_SHOWN = 20


def _peak_memory_mb() -> int:
    """Return this process's peak memory; `getrusage` would count what its parent had at the fork."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) // 1024


class Command(BaseCommand):
    help = "Take JSON Lines of the platform's streams in; safe to repeat and to interrupt."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="a file of JSON Lines; - is standard input")
        parser.add_argument("--stream", default="auto", help="demand one stream; auto takes what each line says")
        parser.add_argument("--report", help="write every line that was set aside here, as number, field and rule")

    def handle(self, **options: Any) -> None:
        self.began = time.monotonic()
        self.is_verbose: bool = options["verbosity"] > 0
        with ExitStack() as stack:
            stack.enter_context(db.use_role("ingest"))
            try:
                file: IO[bytes] = sys.stdin.buffer
                if options["file"] != "-":
                    file = stack.enter_context(Path(options["file"]).open("rb"))
                self.report = stack.enter_context(Path(options["report"]).open("w")) if options["report"] else None
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from None
            try:
                report = ingest_stream(
                    file,
                    actor=machine("platform"),
                    source="file",
                    clock=timezone.now,
                    only="" if options["stream"] == "auto" else options["stream"],
                    on_batch=self.show_progress,
                )
            except WorkloadsError as error:
                raise CommandError(str(error)) from None
            except KeyboardInterrupt:
                raise CommandError("Stopped. What was committed is kept; the same command completes it.") from None
        if self.is_verbose:
            self.show_result(report)

    def show_progress(self, report: Report, aside: list[SetAsideLine]) -> None:
        """Show progress on one line, and write what was set aside to the report file."""
        if self.report:
            self.report.writelines(f"{line.number}\t{line.field}\t{line.rule}\n" for line in aside)
        counts = (
            f"{report.lines:,} lines · {report.kept:,} new · {report.known:,} known · {report.set_aside:,} set aside"
        )
        live = self.stderr.isatty()
        self.stderr.write(f"\r{counts}" if live else counts, ending="" if live else "\n")

    def show_result(self, report: Report) -> None:
        """Write the counts, and why lines were set aside."""
        seconds = time.monotonic() - self.began
        if self.stderr.isatty():
            self.stderr.write("")
        for line in report.first[:_SHOWN]:
            self.stdout.write(f"line {line.number}: {line.field + ' ' if line.field else ''}{line.rule}")
        if report.set_aside > _SHOWN:
            self.stdout.write(f"… {report.set_aside - _SHOWN:,} more; --report FILE lists them all. By rule:")
            for (field, rule), count in report.reasons.most_common():
                self.stdout.write(f"{count:>9,}  {field + ' ' if field else ''}{rule}")
        peak = _peak_memory_mb()
        self.stdout.write(
            f"Ingest {report.ingest}: {report.lines:,} lines, {report.kept:,} new, {report.known:,} known already, "
            f"{report.set_aside:,} set aside. {report.lines / max(seconds, 0.001):,.0f} lines/s, "
            f"peak memory {peak} MB. SHA-256 {report.digest}"
        )
