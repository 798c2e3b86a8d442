"""The user, and what we hold about them: a plain package of apps."""
