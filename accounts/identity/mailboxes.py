"""One normal form for the many writings of one e-mail address, and of one mailbox. Plain Python."""

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
    """Return a domain as the network writes it; one that IDNA does not know stays as it is."""
    try:
        return idna.encode(text.rstrip("."), uts46=True).decode()
    except idna.IDNAError:
        return text


def normal_address(address: str) -> str:
    """Return an address as accounts and invitations store it and look it up: two writings of it are one account.

    What has no @ is the beginning of one, as a search takes it: no domain to be written for the network.
    """
    composed = _composed(address.strip())
    local, at, domain = composed.rpartition("@")
    return f"{_unquoted(local)}@{_domain(domain)}" if at else composed


def mailbox_of(address: str) -> str:
    """Return the mailbox that an address leads to: a `+tag` and Gmail's dots make no other person."""
    local, _at, domain = normal_address(address).rpartition("@")
    local = local.strip('"').partition("+")[0]
    if domain in _GMAIL:
        return local.replace(".", "") + "@gmail.com"
    return f"{local}@{domain}"
