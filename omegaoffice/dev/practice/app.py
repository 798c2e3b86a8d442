"""The practice provider's WSGI application: two providers, a front page, strict headers."""

from flask import Flask, Response, abort, g, render_template

from . import github, google
from .endpoints import refuse_in_production
from .people import PEOPLE, find_person


def create_app(origins: frozenset[str] = frozenset()) -> Flask:
    """Build the application. `origins` are callback origins allowed beside this machine's.

    Raises RefusedInProductionError in production.
    """
    refuse_in_production()
    app = Flask(__name__)
    # A page of another site that points its own name at this address gets nothing.
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    for build in (google.build, github.build):
        pages, grants = build(origins)
        app.register_blueprint(pages)
        app.extensions.setdefault("grants", {})[pages.name] = grants

    @app.get("/")
    def home() -> str:
        return render_template("home.html", people=PEOPLE)

    @app.get("/picture/<sub>.svg")
    def picture(sub: str) -> Response:
        person = find_person(sub)
        if person is None:
            abort(404)
        return Response(render_template("picture.svg", letter=person.name[0]), mimetype="image/svg+xml")

    app.after_request(_set_headers)
    return app


def _set_headers(answer: Response) -> Response:
    """Set the headers of every answer. The form may lead to the office that asked, and nowhere else."""
    target = g.get("form_target")
    form_action = f"'self' {target}" if target else "'none'"
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {form_action}"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Practice-Provider"] = "not Google, not GitHub"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer
