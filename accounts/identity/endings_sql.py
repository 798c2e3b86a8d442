"""What has ended stays ended: roles, invitations, changes that waited for a second person. SQL for the migration."""

from audit.schema import ends

TRIGGERS = ends("identity_roleassignment", "identity_invitation", "identity_pendingchange")
