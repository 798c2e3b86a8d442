"""The inbox among a user's settings."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.identity.policies import signed_in
from core import db

from .models import Letter
from .services import open_letter

PAGE_SIZE = 25


@login_required
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """List the user's letters, newest first."""
    user = signed_in(request)
    with db.row_security_for(user.reference):
        own = Letter.objects.filter(subject=user.reference).defer("sealed")
        page = Paginator(own, PAGE_SIZE).get_page(request.GET.get("page"))
        rows = list(page.object_list)
    return render(request, "inbox/letters.html", {"page_obj": page, "letters": rows})


@login_required
@require_safe
def letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Show one letter to its recipient."""
    try:
        found, text = open_letter(letter_id, user=signed_in(request), now=timezone.now())
    except Letter.DoesNotExist:
        raise Http404 from None
    return render(request, "inbox/letter.html", {"letter": found, "text": text})
