"""The log's other windows on the staff site: reader tokens."""

from django.contrib import admin

from .models import ReaderToken
from .token_pages import TokenWindow


def register(site: admin.AdminSite) -> None:
    """Put the windows on the staff site; who may look is asked through the port."""
    site.register(ReaderToken, TokenWindow)
