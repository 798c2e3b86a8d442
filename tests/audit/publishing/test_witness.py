"""Witnesses over HTTP: what they are sent, what is believed of what they answer, and what is stored."""

from base64 import b64decode
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured

from audit.errors import DeliveryError
from audit.merkle.checkpoint import open_checkpoint
from audit.merkle.cosignatures import Cosigner, add_checkpoint_request, append_lines, message
from audit.merkle.signed_notes import Note, NoteError, Signature, Signer
from audit.publishing import ssrf_safe_post, witnesses
from audit.publishing.models import Delivery
from audit.publishing.ssrf_safe_post import is_public
from audit.tree import checkpoints
from audit.tree.models import Cosignature
from core import db
from tests.audit.publishing.growing import deliver, grow, prepare
from tests.audit.publishing.witness_server import ORIGIN, cosigning


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    prepare(settings, tmp_path, monkeypatch)
    settings.AUDIT_PRIVATE_ADDRESSES = True
    monkeypatch.setattr(ssrf_safe_post, "DEADLINE", 0.5)


@pytest.fixture
def witness(settings, now):
    """A witness that knows our log."""
    with cosigning(settings, now) as server:
        yield server


def cosigned(size):
    with db.use_role("auditor"):
        return checkpoints.cosigned(size)


def waiting():
    with db.use_role("auditor"):
        return Delivery.objects.get(place="witness witness.example/w1", state="waiting")


def test_a_checkpoint_is_cosigned_and_the_next_one_is_proved_to_follow(office, now, witness):
    grow(now, 5)
    assert deliver(now) == 1
    grow(now, 300)
    later = now + timedelta(seconds=15)
    assert deliver(later) == 1
    assert [request.partition(b"\n")[0] for request in witness.requests] == [b"old 0", b"old 5"]
    note = Note.parse(cosigned(305))
    assert open_checkpoint(note.encode(), ORIGIN, checkpoints.verifiers()).size == 305
    assert [line.name for line in note.signatures] == [ORIGIN, "witness.example/w1"]
    assert witness.key.open(note.text, note.signatures[1]) == now.replace(microsecond=0)
    assert witness.size == 305


def test_a_checkpoint_without_cosignatures_is_the_note_itself(office, now):
    checkpoint = grow(now)
    assert cosigned(1) == checkpoint.note.encode()


def test_a_409_is_answered_from_the_size_that_it_names(office, now, witness):
    """The witness cosigned, and its answer was lost on the way."""
    grow(now, 3)
    honest = witness.answer

    def lose(body):
        honest(body)
        return 500, "text/plain", b""

    witness.faults = [lose]
    assert deliver(now) == 0
    assert waiting().error == "witness witness.example/w1 answered 500: it could not."
    grow(now, 4)
    assert deliver(now + timedelta(seconds=16)) == 1
    assert [request.partition(b"\n")[0] for request in witness.requests] == [b"old 0", b"old 0", b"old 3"]
    with db.use_role("auditor"):
        assert list(Cosignature.objects.values_list("size", flat=True)) == [7]


def test_the_same_size_again_needs_no_proof(office, now, witness):
    grow(now, 3)
    witness.faults = [lambda body: (witness.answer(body), (500, "text/plain", b""))[1]]
    deliver(now)
    assert deliver(now + timedelta(seconds=16)) == 1
    assert witness.requests[-1].startswith(b"old 3\n\n")


TEXT = "text/plain"
SIZE = "text/x.tlog.size"


def other_key(witness, body):
    text = Note.parse(body.partition(b"\n\n")[2]).text
    return 200, TEXT, witness.cosign(text, Ed25519PrivateKey.generate()).encode()


def unknown_name(witness, body):
    text = Note.parse(body.partition(b"\n\n")[2]).text
    private = Ed25519PrivateKey.generate()
    key = Cosigner("other.example", private.public_key().public_bytes_raw())
    line = Signature(key.name, key.key_id, (9).to_bytes(8, "big") + private.sign(message(9, text)))
    return 200, TEXT, f"{line.encode()}\n".encode()


def another_checkpoint(witness, _body):
    return 200, TEXT, witness.cosign(f"{ORIGIN}\n1\n{'A' * 43}=\n").encode()


def from_the_future(witness, body):
    clock, at = witness.clock, witness.clock() + timedelta(hours=1)
    witness.clock = lambda: at
    try:
        return witness.answer(body)
    finally:
        witness.clock = clock


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ((422, TEXT, b""), "answered 422: it does not accept the consistency proof."),
        ((403, TEXT, b""), "answered 403: it trusts none of the keys that signed."),
        ((404, TEXT, b""), "answered 404: it does not know this log."),
        ((500, TEXT, b""), "answered 500: it could not."),
        ((302, TEXT, b""), "answered with a redirect, which is not followed."),
        ((409, TEXT, b"3\n"), "answered 409 without the size that it has seen."),
        ((409, SIZE, b"03\n"), "answered 409 without the size that it has seen."),
        ((409, SIZE, b"-1\n"), "answered 409 without the size that it has seen."),
        ((409, SIZE, b"9\n"), "has seen 9 entries, and the database holds a checkpoint of 2 at most"),
        ((200, TEXT, b""), "answered without a signature line"),
        ((200, TEXT, b"\xff\n"), "answered without a signature line"),
        ((200, TEXT, b"<html>\n"), "answered without a signature line"),
        ((200, TEXT, b"x" * 200_000), "answered more than 100,000 bytes."),
        (other_key, "the cosignature by witness.example/w1 is wrong"),
        (unknown_name, "answered without a cosignature by its key."),
        (another_checkpoint, "the cosignature by witness.example/w1 is wrong"),
        (from_the_future, "its cosignature is from the future."),
        ("hang", "127.0.0.1 did not answer in time."),
        ("drip", "127.0.0.1 did not answer in time."),
    ],
)
def test_a_bad_answer_is_named_stored_nowhere_and_asked_again(office, now, witness, fault, sentence):
    grow(now, 2)
    witness.faults = [(lambda body: fault(witness, body)) if callable(fault) else fault]
    assert deliver(now) == 0
    assert sentence in waiting().error
    with db.use_role("auditor"):
        assert not Cosignature.objects.exists()
    witness.faults.clear()
    assert deliver(now + timedelta(seconds=16)) == 1


def test_a_witness_that_holds_another_root_is_a_finding(office, now, witness):
    witness.size, witness.root = 2, b"r" * 32
    grow(now, 2)
    deliver(now)
    assert "holds another root for 2 entries: there are two histories" in waiting().error


def test_a_witness_of_another_history_does_not_cosign_ours(office, now, witness):
    witness.size, witness.root = 2, b"r" * 32
    grow(now, 5)
    deliver(now)
    assert "answered 422" in waiting().error


def test_a_witness_that_is_away_keeps_no_other_waiting(office, now, witness, settings):
    settings.OFFICE_WITNESSES = (
        f"{Cosigner('gone.example', b'k' * 32).encode()} http://127.0.0.1:9 {settings.OFFICE_WITNESSES}"
    )
    grow(now)
    assert deliver(now) == 1
    with db.use_role("auditor"):
        assert Delivery.objects.get(place="witness gone.example").error.startswith("127.0.0.1 could not be reached")


def test_private_addresses_and_plain_http_are_refused_unless_allowed(settings):
    settings.AUDIT_PRIVATE_ADDRESSES = False
    for url, sentence in [
        ("http://93.184.216.34/", "must be an https URL"),
        ("https://user:secret@witness.example/", "without credentials"),
        ("file:///etc/passwd", "must be an https URL"),
        ("https://witness.example:0/", "must be from 1 to 65535"),
        ("https://witness.example:65536/", "must be from 1 to 65535"),
        ("https://127.0.0.1:1/", "not public"),
        ("https://localhost:1/", "not public"),
        ("https://[::1]/", "not public"),
        ("https://169.254.169.254/latest", "not public"),
        ("https://10.0.0.7/", "not public"),
    ]:
        with pytest.raises(DeliveryError, match=sentence) as caught:
            ssrf_safe_post.post(url, b"", kind="text/plain")
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1", True),
        ("127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
    ],
)
def test_what_is_a_public_address(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("witness.example+00000000+AAAA", "pairs"),
        ("nonsense https://witness.example", "is not a witness's key"),
        (f"{Signer('a.example', b's' * 32).verifier.encode()} https://a.example", "algorithm 0x04"),
        (f"{Cosigner('a.example', b'k' * 32).encode()} ftp://a.example", "is not a URL"),
        (f"{Cosigner('a.example', b'k' * 32).encode()} https://a.example " * 2, "twice"),
    ],
)
def test_malformed_settings_are_named(settings, value, sentence):
    settings.OFFICE_WITNESSES = value
    with pytest.raises(ImproperlyConfigured, match=sentence) as caught:
        witnesses.configured()
    assert "OFFICE_WITNESSES" in str(caught.value)


#: the example of c2sp.org/tlog-cosignature (CC0): a checkpoint, the log's line, the witness's
EXAMPLE = b"""\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\xe2\x80\x94 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501


def test_the_published_example_is_read_and_signs_the_second_it_says():
    note = Note.parse(EXAMPLE)
    line = note.signatures[1]
    assert (line.name, line.key_id.hex(), len(line.signature)) == ("witness.example.com/w1", "8d66cf3f", 72)
    seconds = int.from_bytes(line.signature[:8], "big")
    assert seconds == 1679315147
    assert message(seconds, note.text).startswith(b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n")
    bare = Note(note.text, note.signatures[:1])
    assert append_lines(bare.encode(), [line.encode()]) == EXAMPLE


def test_a_cosignature_is_bound_to_key_time_and_text():
    private = Ed25519PrivateKey.generate()
    key = Cosigner("w.example", private.public_key().public_bytes_raw())
    assert Cosigner.parse(key.encode()) == key
    text = Note.parse(EXAMPLE).text
    seconds = (1700000000).to_bytes(8, "big")
    right = Signature(key.name, key.key_id, seconds + private.sign(message(1700000000, text)))
    assert key.open(text, right).timestamp() == 1700000000
    for wrong in (
        Signature(key.name, key.key_id, (1700000001).to_bytes(8, "big") + right.signature[8:]),
        Signature(key.name, key.key_id, right.signature[:-1] + b"\0\0"),
        Signature(key.name, key.key_id, b"\xff" * 8 + right.signature[8:]),
        Signature(key.name, key.key_id, right.signature[8:]),
    ):
        with pytest.raises(NoteError, match=r"w\.example"):
            key.open(text, wrong)
    with pytest.raises(NoteError, match="wrong"):
        key.open(text.replace("20852163", "20852164"), right)


def test_a_request_is_as_the_specification_says():
    body = add_checkpoint_request(4, [b"a" * 32, b"b" * 32], EXAMPLE)
    first, one, two, empty, origin = body.split(b"\n")[:5]
    assert (first, empty, origin) == (b"old 4", b"", b"example.com/behind-the-sofa")
    assert [b64decode(one), b64decode(two)] == [b"a" * 32, b"b" * 32]
    with pytest.raises(ValueError, match="no more than 63"):
        add_checkpoint_request(4, [b"a" * 32] * 64, EXAMPLE)
