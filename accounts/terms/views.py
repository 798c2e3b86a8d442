"""The public list of processors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .models import Processor


@require_safe
def processors(request: HttpRequest) -> HttpResponse:
    """List who processes personal data for us now, to whoever wants to know."""
    return render(request, "terms/processors.html", {"processors": Processor.objects.in_use()})
