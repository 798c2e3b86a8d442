"""What this app does when it hears from lower ones: staff who leave lose their access at once."""

from accounts.identity.ports import register_staff_left

from .services import end_grants_of_staff

register_staff_left(end_grants_of_staff)
