"""The answer that carries a range of an encrypted file."""

from collections.abc import Mapping

from django.http import FileResponse

from .streams import CHUNK, DecryptingReader, RangeFile


def range_response(
    reader: DecryptingReader, first: int, stop: int, *, status: int, content_type: str, headers: Mapping[str, str]
) -> FileResponse:
    """Return bytes `first` to `stop` (not included); the server opens each piece when its client takes it.

    So a slow client keeps no thread waiting. Raises SealBrokenError where the first piece does not open.
    """
    file = RangeFile(reader, first, stop)
    try:
        file.read(1)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = FileResponse(file, status=status, content_type=content_type, headers=headers)
    response.block_size = CHUNK
    return response
