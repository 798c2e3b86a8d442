"""Write the log as static files to the configured storage; exit 1 when the log is not what was signed, 2 otherwise."""

from argparse import ArgumentParser
from typing import Any

from audit.management.base import LogCommand
from audit.publishing import tile_store
from audit.publishing.publish_tiles import publish_log

#: folders of the storage: the first may be public; the second also has the entries, and is for auditors
PUBLIC, WHOLE = "log", "log-entries"


class Command(LogCommand):
    help = f"Write checkpoint and tiles to the folder {PUBLIC} of the storage, in the layout of C2SP tlog-tiles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--entries",
            action="store_true",
            help=f"write the entries as well, to the folder {WHOLE}: pseudonymous personal data, for auditors only",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = WHOLE if options["entries"] else PUBLIC
        with self.run_as("auditor"):
            done = publish_log(
                tile_store.configured(folder),
                entries=options["entries"],
                progress=lambda files: self.show_progress(f"{files:,} files written"),
            )
        self.stdout.write(f"Published in {folder}: size {done.size}, before {done.before}; {done.files} files written.")
