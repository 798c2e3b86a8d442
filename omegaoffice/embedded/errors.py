"""What can go wrong with the embedded servers; every message is a sentence for the person at the console."""


class EmbeddedError(Exception):
    """The embedded servers cannot do what was asked."""


class BinariesMissing(EmbeddedError):
    """The wheel that brings a server is not installed, or brings another version than we need."""


class ServersBusy(EmbeddedError):
    """Another command owns the servers and does not let go in time."""


class ServerFailed(EmbeddedError):
    """A server did not start, or did not answer in time; the message ends with the tail of its log."""
