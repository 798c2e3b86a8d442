"""The admin pages of the staff, and of users."""

from django.contrib import admin

from .models import RoleAssignment, User
from .staff.people_admin import PeopleAdmin
from .staff.users_admin import UsersAdmin


def register(site: admin.AdminSite) -> None:
    """Register the pages of the staff and of users."""
    site.register(RoleAssignment, PeopleAdmin)
    site.register(User, UsersAdmin)
