"""A version of the policy as pages show it."""

from typing import Any

from .markdown import differences, render
from .models import PolicyVersion


def version_context(version: PolicyVersion, language: str) -> dict[str, Any]:
    """Return the text of a version in a language as HTML, and by what it differs from the one before."""
    before = PolicyVersion.objects.published().filter(effective_on__lt=version.effective_on).first()
    text = version.text(language)
    return {
        "html": render(text),
        "language": language if text == version.text_ar else "en",
        "before": before,
        "changes": list(differences(before.text(language), text)) if before else [],
    }
