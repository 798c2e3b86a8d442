"""Staff windows: the people of the staff, and users."""

from django.contrib import admin

from .models import RoleAssignment, User
from .people_admin import PeopleAdmin
from .users_admin import UsersAdmin


def register(site: admin.AdminSite) -> None:
    """Put the windows on the staff site."""
    site.register(RoleAssignment, PeopleAdmin)
    site.register(User, UsersAdmin)
