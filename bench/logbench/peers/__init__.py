"""A small Django project of its own: the logs that others use, in a database beside the office's."""
