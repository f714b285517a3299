"""The addresses of the page: status and reports, to look at and to fetch.  GET and HEAD, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, abort, render_template, send_file

from appliance import values
from appliance.page.reports import Reports
from appliance.page.screen import screen
from appliance.page.status_file import Condition, StatusFile


@dataclass(frozen=True, slots=True)
class Health:
    """What `/health` says; `status_age_s`, `version` and `phase` are None when there is no status to read."""

    ok: bool
    status: str
    status_age_s: float | None
    version: str | None
    phase: str | None


def create_status_blueprint(file: StatusFile) -> Blueprint:
    """What is happening now: as a page, as the changing part of it, as JSON, and for a monitor."""
    # Static files hang on this blueprint: Flask's own static route would answer OPTIONS as well.
    blueprint = Blueprint("status", __name__, static_folder="static", static_url_path="/static")

    @blueprint.get("/")
    def page() -> str:
        return render_template("status.html", screen=screen(file.read()))

    @blueprint.get("/fragment")
    def fragment() -> str:
        return render_template("fragment.html", screen=screen(file.read()))

    @blueprint.get("/status.json")
    def status_json() -> Response:
        seen = file.read()
        body = seen.text or values.to_json(health_of(file))
        return Response(body, _code(seen.condition), mimetype="application/json")

    @blueprint.get("/health")
    def health() -> Response:
        found = health_of(file)
        code = HTTPStatus.OK if found.ok else HTTPStatus.SERVICE_UNAVAILABLE
        return Response(values.to_json(found), code, mimetype="application/json")

    return blueprint


def create_reports_blueprint(reports: Reports) -> Blueprint:
    """The final reports: the list, one as a page, one as its files."""
    blueprint = Blueprint("reports", __name__, url_prefix="/reports")

    @blueprint.get("")
    def listing() -> str:
        return render_template("reports.html", listing=reports.listing())

    @blueprint.get("/<run>")
    def report(run: str) -> str:
        if reports.file(run, ".json") is None:
            abort(HTTPStatus.NOT_FOUND)
        printable = reports.file(run, ".html") is not None
        picture = reports.picture(run)
        return render_template("report.html", run=run, report=reports.read(run), picture=picture, printable=printable)

    @blueprint.get("/<run>.json")
    def report_json(run: str) -> Response:
        return _download(reports, run, ".json", "application/json")

    @blueprint.get("/<run>.html")
    def report_html(run: str) -> Response:
        return _download(reports, run, ".html", "text/html")

    return blueprint


def health_of(file: StatusFile) -> Health:
    """Whether the engine reports, and what it said last."""
    seen = file.read()
    age_s = None if seen.age_s is None else round(seen.age_s, 1)
    version = seen.status.version if seen.status else None
    phase = seen.status.phase.value if seen.status else None
    return Health(seen.condition is Condition.LIVE, seen.condition.value, age_s, version, phase)


def _code(condition: Condition) -> HTTPStatus:
    return HTTPStatus.OK if condition is Condition.LIVE else HTTPStatus.SERVICE_UNAVAILABLE


def _download(reports: Reports, run: str, suffix: str, mimetype: str) -> Response:
    path = reports.file(run, suffix)
    if path is None:
        abort(HTTPStatus.NOT_FOUND)
    return send_file(path.absolute(), mimetype=mimetype, as_attachment=True, download_name=f"kl30-{run}{suffix}")
