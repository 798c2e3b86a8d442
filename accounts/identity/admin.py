"""Staff windows on people."""

from django.contrib.admin import AdminSite


def register(site: AdminSite) -> None:
    """Put the windows on the staff site."""
