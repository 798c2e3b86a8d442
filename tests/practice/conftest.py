"""The practice provider for its own tests."""

from tests.practice.provider import practice, practice_process

__all__ = ["practice", "practice_process"]
