"""Where to click and as whom, for the console."""

from collections.abc import Iterator

from .people import EVERYBODY, PASSWORD

_WIDTH = 92


def where(address: str, *, python: str, mail: str) -> Iterator[str]:
    """Yield the lines that say so, for an office at `address` whose commands `python` runs."""
    yield from ("", "=" * _WIDTH, f"  The office is open.  {address}/", "")
    yield f"  users  {address}/accounts/login/  then  {address}/settings/"
    yield f"  staff  {address}/staff/  with a six-digit code after the password"
    yield ""
    for person in EVERYBODY:
        yield f"  {person.email:<19} {'staff' if person.roles else 'user':<6} {person.does}"
    yield ""
    yield f"  password of each   {PASSWORD}"
    yield f"  code for staff     {python} manage.py demo_code paula@example.org"
    yield f"  verify the log     {python} manage.py audit_verify"
    yield f"  letters go to      {mail}"
    yield ""
    yield "  Layla may sign in with Google and Omar with GitHub as well, at the practice provider."
    yield "  DEMONSTRATION ONLY: passwords and codes are public.  Ctrl-C stops everything."
    yield "=" * _WIDTH
