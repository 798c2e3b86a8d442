"""What a user connects: scopes, automations and their runs."""
