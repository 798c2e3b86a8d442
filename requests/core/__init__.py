"""Shared by every app: no tables of its own, nothing of the domain."""
