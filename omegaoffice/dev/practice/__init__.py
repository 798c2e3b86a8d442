"""A labelled loopback stand-in for the sign-in of Google and GitHub, for development and tests."""
