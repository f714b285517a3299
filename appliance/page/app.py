"""The status page as a Flask application.

It changes nothing, for anybody: no route takes a method but GET and HEAD, there is no session and no cookie.
Every answer, errors too, forbids whatever the page does not use (W3C Content Security Policy Level 3): no inline
script or style, nothing from elsewhere, no frame around it.  A blueprint with forms of its own brings its own policy.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, render_template
from werkzeug.exceptions import HTTPException

from appliance.clock import Clock
from appliance.page import words
from appliance.page.live import SEATS, create_live_blueprint
from appliance.page.reports import Reports
from appliance.page.status_file import StatusFile
from appliance.page.views import create_reports_blueprint, create_status_blueprint

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
NO_FORMS = "; ".join((*_POLICY, "form-action 'none'"))
OWN_FORMS = "; ".join((*_POLICY, "form-action 'self'"))

_UNLESS_SET = {"Content-Security-Policy": NO_FORMS, "Referrer-Policy": "no-referrer"}
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

ROOT = "root.json"  # of the firmware cache (docs/cache.md)
_LARGEST_ROOT_BYTES = 1_000_000
_LARGEST_BODY_BYTES = 4096  # no route of the page reads one

_EXPLAINED = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This page only shows. START and CANCEL are buttons on the appliance.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The page failed to show this. The work on the car is not affected.",
}


def create_app(data: Path, clock: Clock, seats: int = SEATS, cache: Path | None = None) -> Flask:
    """The page over one data folder.

    Args:
        data: Where `status.json` and `reports/` are; they may appear later.
        clock: The real one in service; its wall time is compared with file times.
        seats: How many may listen to `/events` at a time.
        cache: The firmware cache, whose pinned root is named; None: it is not.
    """
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY_BYTES
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["words"] = words
    app.jinja_env.globals["pinned_root"] = lambda: _fingerprint(cache / ROOT) if cache else ""
    file = StatusFile(data, clock)
    app.register_blueprint(create_status_blueprint(file))
    app.register_blueprint(create_live_blueprint(file, clock, seats))
    app.register_blueprint(create_reports_blueprint(Reports(data)))
    app.after_request(_guard)
    app.register_error_handler(HTTPException, _explain)
    return app


def _fingerprint(root: Path) -> str:
    """SHA-256 of the pinned root's file, as `sha256sum` prints it; empty: none is pinned, or we may not see it."""
    try:
        with root.open("rb") as file:
            return hashlib.sha256(file.read(_LARGEST_ROOT_BYTES)).hexdigest()
    except OSError:
        return ""


def _guard(response: Response) -> Response:
    for name, value in _UNLESS_SET.items():
        response.headers.setdefault(name, value)
    response.headers.update(_ALWAYS)
    return response


def _explain(error: HTTPException) -> tuple[str, int, list[tuple[str, str]]]:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    said = _EXPLAINED.get(status, error.description or status.description)
    kept = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
    return render_template("error.html", title=status.phrase, said=said), status, kept
