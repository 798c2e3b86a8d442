"""Pages that poll: a fragment of theirs is fetched by htmx every few seconds."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def page_instead(request: HttpRequest, page_url: str, *, allowed: bool) -> HttpResponse | None:
    """Return what leads to the whole page, None where its fragment may be shown.

    Somebody who was signed out meanwhile gets no redirect: htmx would follow it and put the sign-in page into the
    middle of this one.
    """
    if not getattr(request, "htmx", False):
        return redirect(page_url)
    return None if allowed else HttpResponse(headers={"HX-Redirect": page_url})
