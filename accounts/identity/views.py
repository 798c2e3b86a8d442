"""The settings pages of the account itself: what is going on, the profile, how one signs in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .ports import cards


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show what is going on: each app puts its card here."""
    found = cards(request)
    return render(
        request,
        "identity/overview.html",
        {"asking": [card for card in found if card.asks], "others": [card for card in found if not card.asks]},
    )
