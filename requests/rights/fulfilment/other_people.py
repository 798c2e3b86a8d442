"""Find what may be other people's in an export: addresses, numbers, names of users. What is found is only counted.

Each pattern begins with fixed characters and has a bounded length: the time is linear in the text, whatever it holds.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.identity.models import User
from core import db
from rights.states import Mention

#: bytes that are searched at once, and different words after which their number is looked up among user names
_BATCH, _MOST_WORDS = 65_536, 10_000
#: characters of a user name that is looked for: shorter ones are everyday words, longer tokens ids and digests
_SHORTEST_NAME, _LONGEST_NAME = 3, 30

_OTHERS = "SELECT username FROM identity_user WHERE username = ANY(%s) AND reference <> %s"
_ESCAPE = re.compile(rb"\\(?:u[0-9a-f]{4}|.)")
_DOMAIN = re.compile(rb"@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_LOCAL = re.compile(rb"[\w.%+-]{1,64}\Z")
#: in a text whose digits are all 0
_PHONES = (
    re.compile(rb"\+0(?:[ ().-]{0,2}0){7,14}"),
    re.compile(rb"\(000\) ?000[ .-]0000"),
    re.compile(rb"000[ .-]000[ .-]0000"),
)
_CARD = re.compile(rb"0000(?:[ -]?0){9,15}")
#: Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay
_ISSUER = re.compile(rb"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[47]|30[0-5]|3[689]|35|6011|64[4-9]|65|62")
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_WORD_BYTES = frozenset(chain(b".+@-_", b"0123456789", range(65, 91), range(97, 123), range(128, 256)))
_WORDS = bytes(each if each in _WORD_BYTES else 32 for each in range(256))


def _stands_alone(text: bytes, start: int, end: int) -> bool:
    """Return whether no letter, digit, dot or dash continues what is found: then it is an id or a time."""
    return not re.match(rb"[\w.-]", text[start - 1 : start] if start else b"") and not re.match(
        rb"\w|-\w", text[end : end + 2]
    )


def _is_card(digits: bytes) -> bool:
    """Return whether digits begin as an issuer's do and end in the right check digit (Luhn, ISO/IEC 7812-1)."""
    if not _ISSUER.match(digits):
        return False
    doubled = (sum(divmod(2 * (each - 48), 10)) for each in digits[-2::-2])
    return (sum(each - 48 for each in digits[::-2]) + sum(doubled)) % 10 == 0


class OtherPeople:
    """Counts the mentions of others in JSON lines about one person; holds no more than a batch of the lines.

    `ignored` are words that are no names: those of the fields. Not found are telephone numbers without a country's
    prefix, save the American form, and people who are no users.
    """

    def __init__(self, subject: str, ignored: Collection[str]) -> None:
        own = EmailAddress.objects.filter(user__reference=subject).values_list("email", flat=True)
        account = User.objects.filter(reference=subject).values_list("email", flat=True)
        ours = (settings.PRIVACY_CONTACT, settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">"))
        self._subject, self._ignored = subject, frozenset(ignored)
        self._own = {address.lower().encode() for address in (*own, *account, *ours)}
        self._words: Counter[bytes] = Counter()
        self._found: Counter[str] = Counter()

    def watch(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the lines as they are, many at once, and count what is in them."""
        batch: list[bytes] = []
        size = 0
        for line in lines:
            batch.append(line)
            size += len(line)
            if size > _BATCH:
                yield self._search(b"".join(batch))
                batch, size = [], 0
        yield self._search(b"".join(batch))
        self._count_names()

    def found(self) -> dict[str, int]:
        """Return how many of each kind were found; call it once the lines have ended."""
        return {kind: count for kind in Mention.values if (count := self._found[kind])}

    def _search(self, batch: bytes) -> bytes:
        """Count what is in whole lines, and return them."""
        text = _ESCAPE.sub(b" ", batch)  # the n of a line break belongs to no address
        masked = text.translate(_DIGITS)
        for domain in _DOMAIN.finditer(text):
            local = _LOCAL.search(text, max(0, domain.start() - 64), domain.start())
            self._found[Mention.EMAIL] += local is not None and (local[0] + domain[0]).lower() not in self._own
        for phone in chain.from_iterable(pattern.finditer(masked) for pattern in _PHONES):
            self._found[Mention.PHONE] += _stands_alone(text, *phone.span())
        for card in _CARD.finditer(masked):
            digits = re.sub(rb"[ -]", b"", text[card.start() : card.end()])
            self._found[Mention.CARD] += _stands_alone(text, *card.span()) and _is_card(digits)
        self._words.update(text.translate(_WORDS).split())
        if len(self._words) > _MOST_WORDS:
            self._count_names()
        return batch

    def _count_names(self) -> None:
        """Count which of the words are names of other users, and forget them."""
        names: Counter[str] = Counter()
        for word, count in self._words.items():
            name = word.strip(b".+@-").decode(errors="ignore")
            if _SHORTEST_NAME <= len(name) <= _LONGEST_NAME and name[0].isalpha() and name not in self._ignored:
                names[name] += count
        self._words.clear()
        others = db.select_rows(_OTHERS, [[*names], self._subject])
        self._found[Mention.USER_NAME] += sum(names[name] for (name,) in others)
