"""Make proofs and check receipts; exit 0 when it is proved, 1 when it is not, 2 when that cannot be decided."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from audit.management.base import LogCommand
from audit.merkle.proofs import ProofError
from audit.merkle.signed_notes import NoteError, Verifier
from audit.merkle.tlog_proofs import Receipt, ReceiptError
from audit.tree import prover


class Command(LogCommand):
    help = "Prove that an entry is in the log, or that a later tree continues an earlier one; check a receipt offline."
    #: receipts are also checked on machines without a database
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entry", nargs="?", type=UUID, help="the entry's id: write its receipt")
        parser.add_argument("--from", type=int, dest="old", metavar="SIZE", help="an earlier size of the tree")
        parser.add_argument("--to", type=int, dest="new", metavar="SIZE", help="a later size that was signed")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write here instead of to the terminal")
        parser.add_argument("--check", type=Path, metavar="FILE", help="check this receipt, without any database")
        parser.add_argument("--key", metavar="VERIFIER", help="the log's public key for --check: name+keyid+base64")

    def handle(self, *_args: Any, **options: Any) -> None:
        chosen = [options["entry"] is not None, options["check"] is not None]
        chosen.append(options["old"] is not None or options["new"] is not None)
        if sum(chosen) != 1 or (chosen[2] and (options["old"] is None or options["new"] is None)):
            self.stop(
                2, "Name one thing: an ENTRY, or --from SIZE with --to SIZE, or --check FILE with --key VERIFIER."
            )
        if options["check"] is not None:
            self._check(options["check"], options["key"] or "")
            return
        try:
            with self.run_as("auditor"):
                if options["entry"] is None:
                    data = prover.prove_consistency(options["old"], options["new"])
                else:
                    data = prover.make_receipt(options["entry"]).encode()
        except ProofError as error:
            self.stop(2, str(error))
        if options["out"] is None:
            self.stdout.write(data.decode(), ending="")
            return
        try:
            options["out"].write_bytes(data)
        except OSError as error:
            self.stop(2, f"--out: {error.strerror}.")

    def _check(self, path: Path, key: str) -> None:
        try:
            verifier = Verifier.parse(key)
            receipt = Receipt.parse(path.read_bytes())
        except NoteError as error:
            self.stop(2, f"--key: {error}.")
        except OSError as error:
            self.stop(2, f"--check: {error.strerror}.")
        except ReceiptError as error:
            self.stop(2, f"Not a receipt: {error}.")
        try:
            checkpoint = receipt.check(verifier.name, [verifier])
        except ReceiptError as error:
            self.stop(1, f"NOT PROVED: {error}.")
        self.stdout.write(f"Proved: {_name(receipt.leaf or b'')} is at index {receipt.index} of the log")
        self.stdout.write(f"{checkpoint.origin}, in the tree of {checkpoint.size} entries whose root the key signed.")


def _name(leaf: bytes) -> str:
    """Return an entry's id, event and time; only its size for the leaf of another log, which may have none of them."""
    try:
        entry = orjson.loads(leaf)
        return f"entry {entry['id']!s} ({entry['event']!s}, {entry['time']!s})".encode("unicode_escape").decode()
    except (ValueError, TypeError, KeyError):
        return f"a record of {len(leaf)} bytes"
