"""People and providers for the tests of signing in."""

from tests.dev.practice.provider import practice, practice_process

__all__ = ["practice", "practice_process"]
