"""The office's web server with a small site in it: `python -m tests.omegaoffice.web.small_site PORT PATIENCE`.

`/file` is a file of 64 MB, `/hold` takes two seconds, everything else says what has arrived, as JSON.
"""

import io
import json
import sys
import time

from omegaoffice.web import server

BIG = bytes(64 * 1024 * 1024)


def site(environ, start_response):
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Type", "application/zip"), ("Content-Length", str(len(BIG)))])
        return environ["wsgi.file_wrapper"](io.BytesIO(BIG))
    if environ["PATH_INFO"] == "/hold":
        time.sleep(2)
    told = {key: value for key, value in environ.items() if isinstance(value, str)}
    body = json.dumps({**told, "body": len(environ["wsgi.input"].read())}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


if __name__ == "__main__":
    server.PATIENCE = int(sys.argv[2])
    server.Server(site, "127.0.0.1", int(sys.argv[1])).serve()
