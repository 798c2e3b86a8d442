"""Signed checkpoints on the admin site: the list, each as a file, consistency proofs between them."""

from base64 import b64encode
from collections import defaultdict
from typing import Any

from django import forms
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _, gettext_lazy

from audit.errors import NotSignedYetError
from audit.merkle.checkpoint import MAX_SIZE
from audit.merkle.tlog_proofs import MEDIA_TYPE
from audit.tree import prover
from audit.tree.checkpoints import cosigned
from audit.tree.models import Cosignature, StoredCheckpoint
from core.file_response import linked_from
from core.pagination import keyset_page
from core.refusals import INVALID

from .log_admin import LogRightAdmin

PAGE_SIZE = 25


class ConsistencyForm(forms.Form):
    """Two sizes of the tree."""

    old = forms.IntegerField(label=gettext_lazy("From size"), min_value=1, max_value=MAX_SIZE)
    new = forms.IntegerField(label=gettext_lazy("To the checkpoint at size"), min_value=1, max_value=MAX_SIZE)

    def clean(self) -> dict[str, Any]:
        """Check that the tree grew."""
        found = super().clean() or {}
        if found.get("old") and found.get("new") and found["old"] > found["new"]:
            self.add_error("new", _("This must not be smaller than the size before."))
        return found


class CheckpointPages(LogRightAdmin):
    """Pages below those of the log, for who may read it."""

    right = "read"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("checkpoints/", self.protect(self.checkpoints), name="audit_checkpoints"),
            path("checkpoints/growth/", self.protect(self.consistency), name="audit_growth"),
            path("checkpoints/<int:size>/", self.protect(self.note), name="audit_checkpoint"),
        ]

    def checkpoints(self, request: HttpRequest) -> HttpResponse:
        """Show the newest checkpoints, or those before a size, with who cosigned them."""
        return self._checkpoints_page(request, ConsistencyForm(), older=request.GET.get("older", ""))

    @linked_from(lambda _request: reverse("admin:audit_checkpoints"))
    def consistency(self, request: HttpRequest) -> HttpResponse:
        """Return the consistency proof of two sizes as a file."""
        form = ConsistencyForm(request.GET)
        if not form.is_valid():
            return self._checkpoints_page(request, form, status=INVALID)
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        try:
            proof = prover.prove_consistency(old, new)
        except NotSignedYetError:
            form.add_error("new", _("No checkpoint was signed at this size."))
            return self._checkpoints_page(request, form, status=INVALID)
        return _file(proof, f"growth-{old}-{new}.txt")

    @linked_from(lambda _request, size: reverse("admin:audit_checkpoints"))  # noqa: ARG005
    def note(self, _request: HttpRequest, size: int) -> HttpResponse:
        """Return a checkpoint with all its signature lines as a file."""
        if not 0 < size <= MAX_SIZE:
            raise Http404
        try:
            return _file(cosigned(size), f"checkpoint-{size}.note")
        except StoredCheckpoint.DoesNotExist:
            raise Http404 from None

    def _checkpoints_page(
        self, request: HttpRequest, form: ConsistencyForm, *, older: str = "", status: int = 200
    ) -> HttpResponse:
        earlier = StoredCheckpoint.objects.filter(size__lt=OuterRef("size")).order_by("-size").values("size")[:1]
        found = StoredCheckpoint.objects.annotate(before=Subquery(earlier))
        try:
            page = keyset_page(found, ("-size",), PAGE_SIZE, older)
        except ValueError:
            raise Http404 from None
        seen = defaultdict(list)
        for cosignature in Cosignature.objects.filter(size__in=[row.size for row in page.rows]).only("size", "witness"):
            seen[cosignature.size].append(cosignature.witness)
        context = {
            "title": _("Checkpoints"),
            "form": form,
            "rows": [
                {
                    "size": row.size,
                    "root": b64encode(row.root).decode(),
                    "at": row.signed_at,
                    "witnesses": sorted(seen[row.size]),
                    "before": row.before,  # type: ignore[attr-defined]  # annotated
                }
                for row in page.rows
            ],
            "older_url": f"?older={page.older}" if page.older else "",
        }
        return self.page(request, "audit/checkpoints.html", context, status)


def _file(data: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type=MEDIA_TYPE, headers=headers)
