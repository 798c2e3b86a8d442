"""What can go wrong with the embedded servers."""


class EmbeddedError(Exception):
    """The embedded servers cannot do what was asked; the message is a sentence for the person at the console."""
