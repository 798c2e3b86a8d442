"""Names: one class name for one thing, and no private word where Django or the field has a standard one."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from tests.architecture.test_rules import ROOT, TRAVELS, tracked, trees

#: each command has a class `Command`, and models, forms and serializers a class `Meta`: Django looks for these names
DJANGOS = {"Command", "Meta"}

#: replaced word, or words that follow each other → the standard term
REPLACED = {
    "acting": "use_role",
    "ask": "approval request",
    "asked": "approval request",
    "asks": "approval requests",
    "beat": "heartbeat",
    "bell": "enqueue",
    "clock": "deadline",
    "clocks": "deadlines",
    "desk": "staff console",
    "door": "view, response or module",
    "doors": "views",
    "finding": "CheckResult",
    "floor": "layer",
    "fresh": "recently_reauthenticated",
    "gated": "restricted",
    "gauge": "metric",
    "gauges": "metrics",
    "guard": "schema integrity",
    "guards": "schema integrity",
    "head": "checkpoint",
    "heads": "checkpoints",
    "held": "get_for_update",
    "holding": "data category",
    "holdings": "data categories",
    "house": "project",
    "leader": "driving index",
    "leash": "child process",
    "leashed": "child process",
    "leave_out": "exclude",
    "left_out": "excluded",
    "line": "entry",
    "lines": "entries",
    "look": "access",
    "looked": "access history",
    "looks": "accesses",
    "made": "StepResult",
    "moving": "progress",
    "park": "needs attention",
    "parked": "needs attention",
    "place": "destination, leaf index or tile coordinate",
    "places": "destinations",
    "position": "inclusion path",
    "proving": "prover",
    "pulse": "heartbeat",
    "readers": "pool",
    "reread": "verification",
    "rest": "residual filter",
    "ring": "enqueue",
    "rings": "enqueue",
    "roof": "project",
    "room": "app",
    "rooms": "apps",
    "rung": "enqueued",
    "said": "label",
    "seal": "encrypt",
    "sealed": "encrypted",
    "sealing": "encryption",
    "sentence": "explanation",
    "sentences": "explanations",
    "sentinel": "watchdog",
    "shelf": "tile store",
    "shelves": "tile stores",
    "shown": "presenter",
    "shred": "crypto-shred",
    "side": "database role",
    "sides": "database roles",
    "sink": "encrypted files",
    "source": "item provider",
    "sources": "item providers",
    "stamp": "timestamp",
    "stamps": "timestamps",
    "stored": "encrypted files",
    "story": "timeline",
    "strays": "orphans",
    "stretch": "range or segment",
    "ticket": "read authorisation",
    "tickets": "read authorisations",
    "unseal": "decrypt",
    "unsealed": "decrypted",
    "unsealer": "decryptor",
    "walk": "query",
    "walking": "query",
    "walks": "queries",
    "way": "method",
    "ways": "methods",
    "window": "admin page",
    "windows": "admin pages",
    "words": "labels",
}

_REPLACED = re.compile(f"(?<=_)(?:{'|'.join(REPLACED)})(?=_)")

_A_FILES_LINE = "a line of a file or stream"
_LETTER = "the name of a kind of letters, which is stored with each of them"
#: name, or `module.name` → why it keeps a word of REPLACED: it stands for something else there
ALLOWED = {
    # named outside this code, and therefore not renamed
    "audit_guards": "a management command",
    "audit_places": "a management command",
    "audit_shred": "a management command",
    "asked_body": _LETTER,
    "asked_subject": _LETTER,
    "looked_body": _LETTER,
    "looked_subject": _LETTER,
    # terms of others
    "beat": "Celery's name for its scheduler",
    "crypto_shred": "the field's term for erasing by destroying a key",
    "crypto_shred_subject": "the field's term for erasing by destroying a key",
    "db_guards": "what the database must hold; `audit_guards` compares it",
    "TimeStamp": "what an authority of RFC 3161 signs",
    "encrypted_at_rest": "the field's term",
    "place_hold": "the field's verb for a legal hold",
    "place_mark": "as for a legal hold",
    "exports.head": "the HTTP method",
    # lines of text
    "LineError": _A_FILES_LINE,
    "LineReader": _A_FILES_LINE,
    "LogLine": "a line of an application's log, as the platform names it",
    "NumberedLine": _A_FILES_LINE,
    "SetAsideLine": _A_FILES_LINE,
    "SetAsideLineAdmin": _A_FILES_LINE,
    "append_lines": _A_FILES_LINE,
    "feed._lines": _A_FILES_LINE,
    "hash_lines": _A_FILES_LINE,
    "line_digest": _A_FILES_LINE,
    "parse_line": _A_FILES_LINE,
    "stream_data._line": _A_FILES_LINE,
    "stream_data.lines": _A_FILES_LINE,
    "verify.lines": _A_FILES_LINE,
    # ordinary English
    "Finding": "what the review of a grant found",
    "MadeUpPlatform": "made-up data",
    "ShownText": "the text that a person was shown when they agreed",
    "ShownTotal": "a total as staff are shown it",
    "StoredCheckpoint": "the row, beside merkle's Checkpoint",
    "_skip_rest": "what has not been read of a line",
    "error_sentence": "an error in words",
    "item_providers.stored": "facts as they are stored",
    "plan.source": "the FROM of a query",
    "fill_shown_sums": "sums as staff are shown them",
    "shown_sums": "sums as staff are shown them",
    "test_guards": "tests of `db_guards`",
    "token_made": "the page after a token was made",
    "verify.Source": "where a bundle's files come from",
}


def defined(tree):
    """Yield the names of a module's classes, functions and URLs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"path", "re_path"}:
            yield from (
                word.value.value
                for word in node.keywords
                if word.arg == "name" and isinstance(word.value, ast.Constant)
            )


@cache
def bearing():
    """Return {(path, name): replaced words in it} over modules, packages, classes, functions, URLs and templates."""
    found = set()
    for name, tree in trees().items():
        where = Path(name)
        found |= {(where, each) for each in (*where.parts[1:-1], where.stem, *defined(tree))}
    for path in tracked("*.html", "*.txt", "tests/**/*.py"):
        where = path.relative_to(ROOT)
        if "templates" in where.parts or where.parts[0] == "tests":
            found.add((where, where.stem))
    return {(where, name): words for where, name in found if (words := replaced(name))}


def replaced(name):
    """Return the replaced words in a name: `StaffDesk`, `staff_desk` and `staff:desk` -> ["desk"]."""
    words = "_".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)).lower()
    return _REPLACED.findall(f"_{words}_")


def test_no_class_name_stands_for_two_things():
    homes = defaultdict(list)
    for path, tree in trees().items():
        if ROOT / path != TRAVELS:  # auditors are given this file alone: it imports nothing of ours
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and node.name not in DJANGOS:
                    homes[node.name].append(path)
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


def test_no_name_bears_a_word_that_was_replaced():
    left = {
        f"{where}: {name}": {word: REPLACED[word] for word in words}
        for (where, name), words in bearing().items()
        if not {name, f"{where.stem}.{name}"} & ALLOWED.keys()
    }
    assert left == {}


def test_no_exception_is_left_behind():
    there = {each for where, name in bearing() for each in (name, f"{where.stem}.{name}")}
    assert ALLOWED.keys() - there == set()
