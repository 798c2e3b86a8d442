"""Normal forms of e-mail addresses and of mailboxes. Plain Python."""

import re
import unicodedata

import idna

_GMAIL = {"gmail.com", "googlemail.com"}
#: what a local part may be made of without quotes (RFC 5322, dot-atom)
_NEEDS_NO_QUOTES = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")


def _composed(text: str) -> str:
    """Return the text in compatibility form and lower case, without characters that are not seen."""
    seen = "".join(mark for mark in text if unicodedata.category(mark) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).lower())


def _unquoted(local: str) -> str:
    quoted = re.fullmatch(r'"(.*)"', local, re.DOTALL)
    content = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else ""
    return content if _NEEDS_NO_QUOTES.fullmatch(content) else local


def _domain(text: str) -> str:
    """Return a domain in its ASCII form; one that IDNA does not know stays as it is."""
    try:
        return idna.encode(text.rstrip("."), uts46=True).decode()
    except idna.IDNAError:
        return text


def normal_address(address: str) -> str:
    """Return an address as accounts and invitations store it and look it up: two spellings of it are one account.

    A text without @ is the beginning of an address, from a search: it has no domain to normalise.
    """
    composed = _composed(address.strip())
    local, at, domain = composed.rpartition("@")
    return f"{_unquoted(local)}@{_domain(domain)}" if at else composed


def mailbox_of(address: str) -> str:
    """Return the mailbox of an address: a `+tag` and Gmail's dots are left out."""
    local, _at, domain = normal_address(address).rpartition("@")
    local = local.strip('"').partition("+")[0]
    if domain in _GMAIL:
        return local.replace(".", "") + "@gmail.com"
    return f"{local}@{domain}"
