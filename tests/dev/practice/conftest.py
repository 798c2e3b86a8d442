"""The practice provider for its own tests."""

from tests.dev.practice.provider import practice, practice_process

__all__ = ["practice", "practice_process"]
