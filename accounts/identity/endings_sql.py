"""A role that has ended and an invitation that was used or withdrawn stay so. SQL for the migration."""

from audit.schema import ends

TRIGGERS = ends("identity_roleassignment", "identity_invitation")
