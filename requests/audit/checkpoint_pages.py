"""Signed checkpoints on the staff site: the list, each as a file, the proof that one continues another."""

import re
from base64 import b64encode
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import proving, shown
from .checkpoints import cosigned
from .errors import NotSignedYetError
from .models import Checkpoint, Cosignature
from .notes import MAX_SIZE
from .receipts import MEDIA_TYPE
from .windows import LogWindow

_DIGITS = re.compile("[0-9]{1,19}")

PAGE_SIZE = 25


class GrowthForm(forms.Form):
    """Two sizes of the tree."""

    old = forms.IntegerField(label=gettext_lazy("From size"), min_value=1, max_value=MAX_SIZE)
    new = forms.IntegerField(label=gettext_lazy("To the checkpoint at size"), min_value=1, max_value=MAX_SIZE)

    def clean(self) -> dict[str, Any]:
        """Check that the tree grew."""
        found = super().clean() or {}
        if found.get("old") and found.get("new") and found["old"] > found["new"]:
            self.add_error("new", _("This must not be smaller than the size before."))
        return found


class CheckpointPages:
    """What hangs below the log's own pages, for who may read it."""

    def __init__(self, window: LogWindow) -> None:
        self._window = window

    def urls(self) -> list[URLPattern]:
        """Return the addresses."""
        wrap = self._window.open
        return [
            path("checkpoints/", wrap(self.list), name="audit_checkpoints"),
            path("checkpoints/growth/", wrap(self.growth), name="audit_growth"),
            path("checkpoints/<int:size>/", wrap(self.note), name="audit_checkpoint"),
        ]

    def list(self, request: HttpRequest) -> HttpResponse:
        """Show the newest checkpoints, or those before a size, with who cosigned them."""
        older = request.GET.get("older", "")
        if older and not (_DIGITS.fullmatch(older) and int(older) <= MAX_SIZE):
            raise Http404
        return self._page(request, GrowthForm(), below=int(older) if older else None)

    def growth(self, request: HttpRequest) -> HttpResponse:
        """Hand over the proof that the tree of one size begins the checkpoint of another."""
        form = GrowthForm(request.GET)
        if not form.is_valid():
            return self._page(request, form, status=400)
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        try:
            made = proving.prove_growth(old, new)
        except NotSignedYetError:
            form.add_error("new", _("No checkpoint was signed at this size."))
            return self._page(request, form, status=400)
        return _file(made.encode(), f"growth-{old}-{new}.txt")

    def note(self, _request: HttpRequest, size: int) -> HttpResponse:
        """Hand over a checkpoint with every signature line that it has."""
        if not 0 < size <= MAX_SIZE:
            raise Http404
        try:
            return _file(cosigned(size), f"checkpoint-{size}.note")
        except Checkpoint.DoesNotExist:
            raise Http404 from None

    def _page(
        self, request: HttpRequest, form: GrowthForm, *, below: int | None = None, status: int = 200
    ) -> HttpResponse:
        found = Checkpoint.objects.order_by("-size")
        if below is not None:
            found = found.filter(size__lt=below)
        rows = [*found[: PAGE_SIZE + 1]]
        seen: dict[int, list[str]] = {}
        for size, witness in Cosignature.objects.filter(size__in=[row.size for row in rows]).values_list(
            "size", "witness"
        ):
            seen.setdefault(size, []).append(witness)
        page = rows[:PAGE_SIZE]
        context = {
            "title": _("Checkpoints"),
            "zone": shown.zone_label(),
            "form": form,
            "rows": [
                {
                    "size": row.size,
                    "root": b64encode(row.root).decode(),
                    "at": row.signed_at,
                    "witnesses": sorted(seen.get(row.size, [])),
                    "before": before.size if before else None,
                }
                for row, before in zip(page, [*rows[1:], None], strict=False)
            ],
            "older_url": f"?older={page[-1].size}" if len(rows) > PAGE_SIZE else "",
        }
        return self._window.page(request, "audit/checkpoints.html", context, status)


def _file(data: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type=MEDIA_TYPE, headers=headers)
