"""Embedded PostgreSQL and Valkey, and the supervisor that runs the office's processes together."""
