"""The user, and what is held on them: a plain package of apps."""
