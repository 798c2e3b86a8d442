"""Apps, usage records, commands, application logs: what runs for a user."""
