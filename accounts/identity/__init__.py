"""The user: sign-in, roles, step-up, sessions, profile."""
