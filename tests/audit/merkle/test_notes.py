"""Signed notes and checkpoints: other people's are read, ours read back, and no bit of one can be turned."""

import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from audit.merkle.checkpoint import Checkpoint, open_checkpoint
from audit.merkle.hashing import EMPTY_ROOT
from audit.merkle.signed_notes import Note, NoteError, Signature, Signer, Verifier

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "notes.json").read_text())
PUBLISHED = [*VECTORS["notes"], VECTORS["checkpoint"]]
ORIGIN = "omega.example/log"
ROOT = bytes(range(32))
SIGNER = Signer(ORIGIN, b"\x07" * 32)
OTHER = Signer(ORIGIN, b"\x08" * 32)
WITNESS = Signature("witness.example/one", b"\x04\x05\x06\x07", b"\xfe" * 2420)

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=80).map(lambda t: t + "\n")
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1)
CHECKPOINTS = st.builds(Checkpoint, NAMES, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32)) | st.just(
    Checkpoint(ORIGIN, 0, EMPTY_ROOT)
)


def published(vector: dict[str, str]) -> bytes:
    return f"{vector['text']}\n{vector['line']}\n".encode()


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["name"])
def test_published_notes_verify_and_are_written_again_byte_for_byte(vector: dict[str, str]) -> None:
    note = Note.parse(published(vector))
    key = Verifier.parse(vector["key"])
    assert note.text == vector["text"]
    assert note.verify([key]) == (key,)
    assert note.encode() == published(vector)
    assert key.encode() == vector["key"]


def test_the_published_private_key_makes_the_published_signature() -> None:
    vector = VECTORS["notes"][0]
    _, _, name, _, encoded = vector["private"].split("+", 4)
    signer = Signer(name, b64decode(encoded)[1:])
    assert signer.verifier.encode() == vector["key"]
    assert Note.sign(vector["text"], signer).encode() == published(vector)


def test_the_published_checkpoint_is_read_and_written_again() -> None:
    vector = VECTORS["checkpoint"]
    checkpoint = open_checkpoint(published(vector), "go.sum database tree", [Verifier.parse(vector["key"])])
    assert checkpoint.size == 35_225_469
    assert checkpoint.text == vector["text"]


@given(TEXTS, st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_a_note_of_any_text_and_signers_is_read_back(text: str, names: list[str]) -> None:
    signers = [Signer(name, bytes([index]) * 32) for index, name in enumerate(names)]
    note = Note.sign(text, *signers)
    assert Note.parse(note.encode()) == note
    assert note.verify(signer.verifier for signer in signers) == tuple(s.verifier for s in signers)
    for signer in signers:
        assert Verifier.parse(signer.verifier.encode()) == signer.verifier


@given(CHECKPOINTS)
def test_a_checkpoint_is_read_back(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(checkpoint.text) == checkpoint
    data = checkpoint.sign(SIGNER)
    assert open_checkpoint(data, checkpoint.origin, [SIGNER.verifier]) == checkpoint
    assert checkpoint.sign(SIGNER) == data, "signing again after a crash must not make a second checkpoint"


def test_any_turned_bit_is_refused() -> None:
    data = Checkpoint(ORIGIN, 70_000, ROOT).sign(SIGNER)
    for bit in range(len(data) * 8):
        turned = bytearray(data)
        turned[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NoteError):
            open_checkpoint(bytes(turned), ORIGIN, [SIGNER.verifier])


@given(st.data())
def test_any_lost_or_added_byte_is_refused(data: st.DataObject) -> None:
    note = Checkpoint(ORIGIN, 70_000, ROOT).sign(SIGNER)
    at = data.draw(st.integers(0, len(note)))
    added = data.draw(st.binary(max_size=3))
    lost = data.draw(st.integers(0 if added else 1, 3))
    changed = note[:at] + added + note[at + lost :]
    if changed != note:
        with pytest.raises(NoteError):
            open_checkpoint(changed, ORIGIN, [SIGNER.verifier])


def test_a_line_by_an_unknown_key_is_kept_and_ignored() -> None:
    text = Checkpoint(ORIGIN, 5, ROOT).text
    note = Note(text, (SIGNER.sign(text), WITNESS))
    assert Note.parse(note.encode()) == note
    assert note.verify([SIGNER.verifier]) == (SIGNER.verifier,)


def test_in_a_rotation_either_key_is_enough() -> None:
    data = Checkpoint(ORIGIN, 5, ROOT).sign(SIGNER, OTHER)
    for known in ([SIGNER], [OTHER], [OTHER, SIGNER]):
        assert open_checkpoint(data, ORIGIN, [signer.verifier for signer in known]).size == 5


def test_one_wrong_line_by_a_known_key_spoils_the_note() -> None:
    text = Checkpoint(ORIGIN, 5, ROOT).text
    forged = Signature(ORIGIN, OTHER.verifier.key_id, SIGNER.sign(text).signature)
    with pytest.raises(NoteError, match="is wrong"):
        Note(text, (SIGNER.sign(text), forged)).verify([SIGNER.verifier, OTHER.verifier])


@pytest.mark.parametrize("verifiers", [[], [OTHER], [Signer("other.example", SIGNER.seed)]])
def test_a_note_that_no_known_key_signed_is_refused(verifiers: list[Signer]) -> None:
    with pytest.raises(NoteError, match="no known key"):
        Note.sign("hello\n", SIGNER).verify(signer.verifier for signer in verifiers)


def test_a_checkpoint_of_another_log_is_refused_though_the_key_be_ours() -> None:
    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(Checkpoint("elsewhere.example", 5, ROOT).sign(SIGNER), ORIGIN, [SIGNER.verifier])


LINE = SIGNER.sign("hello\n").encode()
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
ARABIC_FIVE = "\N{ARABIC-INDIC DIGIT FIVE}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"hello\n",
        b"hello\n\n",
        f"hello\n{LINE}\n".encode(),
        f"hello\n\n{LINE}".encode(),
        f"hello\n\n{LINE}\n\n".encode(),
        f"hello\r\n\n{LINE}\n".encode(),
        f"hel\tlo\n\n{LINE}\n".encode(),
        f"hello\n\n{LINE} \n".encode(),
        f"hello\n\n{LINE}\r\n".encode(),
        f"hello\n\n-{LINE[1:]}\n".encode(),
        f"hello\n\n{LINE.replace(' ', '  ')}\n".encode(),
        f"hello\n\n{LINE.replace(ORIGIN, 'a b')}\n".encode(),
        f"hello\n\n{LINE.replace(ORIGIN, 'a' + NO_BREAK_SPACE + 'b')}\n".encode(),
        f"hello\n\n{LINE.replace(ORIGIN, 'a+b')}\n".encode(),
        f"hello\n\n{LINE.replace(ORIGIN, '')}\n".encode(),
        f"hello\n\n{LINE.rstrip('=')}\n".encode(),
        f"hello\n\n\u2014 {ORIGIN} {b64encode(b'four').decode()}\n".encode(),
        f"hello\n\n\u2014 {ORIGIN}\n".encode(),
        f"hello\n\n{LINE}\n".encode() + b"\xff",
        b"hello \xc3\n\n" + f"{LINE}\n".encode(),
        f"hello\n\n{(LINE + chr(10)) * 101}".encode(),
        b"x" * 1_000_000 + f"\n\n{LINE}\n".encode(),
    ],
)
def test_what_is_not_a_note_is_refused(data: bytes) -> None:
    with pytest.raises(NoteError):
        Note.parse(data)


def test_text_with_empty_lines_ends_at_the_last_of_them() -> None:
    note = Note.sign("one\n\ntwo\n\n", SIGNER)
    assert Note.parse(note.encode()).text == "one\n\ntwo\n\n"


@pytest.mark.parametrize("text", ["", "no newline", "bell\x07\n", "carriage\r\n"])
def test_text_that_a_note_may_not_hold_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        Note.sign(text, SIGNER)


def test_a_note_without_signature_is_none() -> None:
    with pytest.raises(NoteError):
        Note.sign("hello\n")


ENCODED = b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n5\n{ENCODED}\nextension\n",
        f"{ORIGIN}\n5\n{ENCODED}\nextension",
        f"{ORIGIN}\n5\n{ENCODED}",
        f"{ORIGIN}\n5\n{ENCODED}\n\n",
        f"\n5\n{ENCODED}\n",
        f"{ORIGIN}\n05\n{ENCODED}\n",
        f"{ORIGIN}\n+5\n{ENCODED}\n",
        f"{ORIGIN}\n-5\n{ENCODED}\n",
        f"{ORIGIN}\n5 \n{ENCODED}\n",
        f"{ORIGIN}\n{ARABIC_FIVE}\n{ENCODED}\n",
        f"{ORIGIN}\n\n{ENCODED}\n",
        f"{ORIGIN}\n{2**63}\n{ENCODED}\n",
        f"{ORIGIN}\n0\n{ENCODED}\n",
        f"{ORIGIN}\n5\n{ENCODED[:-1]}\n",
        f"{ORIGIN}\n5\n{ENCODED[:-2]}9=\n",  # the same bytes: only the unused last bits differ
        f"{ORIGIN}\n5\n{b64encode(b'x' * 31).decode()}\n",
        f"{ORIGIN}\n5\n{b64encode(b'x' * 33).decode()}\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        f"PRIVATE+KEY+{SIGNER.verifier.encode()}",
        SIGNER.verifier.encode().replace(ORIGIN, "another.example"),
        SIGNER.verifier.encode()[:-4],
        f"{ORIGIN}+00000000+{b64encode(bytes([1]) + SIGNER.verifier.public).decode()}",
    ],
)
def test_what_is_not_a_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(text)


def test_a_key_of_another_algorithm_is_refused_as_such() -> None:
    public = b64encode(b"\x04" + SIGNER.verifier.public).decode()
    with pytest.raises(NoteError, match="algorithm"):
        Verifier.parse(f"{ORIGIN}+{SIGNER.verifier.key_id.hex()}+{public}")


def test_a_private_key_does_not_show_itself() -> None:
    assert "seed" not in repr(SIGNER)
    assert "x07" not in repr(SIGNER)
