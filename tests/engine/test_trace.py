"""The voltage trace: one line of time, and a picture that survives a photocopier."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.journal import Logged, Sample
from appliance.engine.trace import OFF_S, POINTS, Trace, TraceMark, TracePoint, TraceSpan, trace_of
from appliance.engine.trace_svg import HEIGHT, NEAR_V, WIDTH, render_svg
from appliance.events import Event, Forecast, HeldBegan, HeldEnded, Phase, PhaseEntered

REFUSED = Forecast("DME: the next part", False, "plan", "it <falls> & falls", 12.2, 500.0)
ALLOWED = Forecast("start", True, "plan", "it holds", 13.4, 600.0)


def logged(*events: tuple[float, Event]) -> list[Logged]:
    return [Logged(seq, at_s, "b", "", event) for seq, (at_s, event) in enumerate(events)]


def steady(length_s: int = 100, volts: float = 13.6) -> list[Sample]:
    return [Sample(float(at_s), volts) for at_s in range(length_s + 1)]


def drawn(trace: Trace, width: int = WIDTH) -> str:
    return render_svg(trace, 13.0, 14.85, width)


# -- data


def test_the_line_of_time_begins_with_the_run() -> None:
    trace = trace_of([Sample(500.0, 13.6), Sample(501.0, 13.5)], logged((500.5, ALLOWED)))
    assert [point.at_s for point in trace.points] == [0.0, 1.0]
    assert trace.marks[0].at_s == 0.5


def test_a_second_life_comes_after_the_first_with_a_gap() -> None:
    trace = trace_of([Sample(900.0, 13.6), Sample(910.0, 13.6), Sample(5.0, 13.5), Sample(7.0, 13.5)], [])
    assert [point.at_s for point in trace.points] == [0.0, 10.0, 10.0 + OFF_S, 12.0 + OFF_S]
    assert [(span.kind, span.from_s) for span in trace.spans] == [("off", 10.0)]


def test_a_hold_and_its_phase_are_spans() -> None:
    events = logged(
        (0.0, PhaseEntered(Phase.PROGRAMMING, "")),
        (10.0, HeldBegan("erase", "low", 12.9, 13.0, 0.1)),
        (10.0, PhaseEntered(Phase.HELD, "")),
        (30.0, HeldEnded(20.0)),
        (30.0, PhaseEntered(Phase.PROGRAMMING, "")),
        (50.0, PhaseEntered(Phase.DONE, "")),
    )
    spans = trace_of(steady(60), events).spans
    assert TraceSpan("hold", 10.0, 30.0, "low") in spans
    assert [span.text for span in spans if span.kind == "phase"] == ["PROGRAMMING", "HELD", "PROGRAMMING"]


def test_a_forecast_is_a_mark_with_its_arithmetic() -> None:
    (mark,) = trace_of(steady(), logged((0.0, PhaseEntered(Phase.CHECKING, "")), (40.0, REFUSED))).marks
    assert mark == TraceMark(40.0, "DME: the next part: it <falls> & falls", False, 12.2, 500.0)


@pytest.mark.parametrize("odd_v", [12.4, 15.1, None])
def test_neither_sag_nor_surge_nor_gap_falls_between_two_drawn_points(odd_v: float | None) -> None:
    samples = [Sample(n / 4, 13.6 + n % 5 / 1000) for n in range(20_000)]
    samples[12_345] = Sample(samples[12_345].at_s, odd_v)
    points = trace_of(samples, []).points
    assert odd_v in [point.volts for point in points]
    assert len(points) <= 1.5 * POINTS
    assert [point.at_s for point in points] == sorted(point.at_s for point in points)


# -- picture


def test_what_was_allowed_is_marked_without_a_line() -> None:
    svg = drawn(trace_of(steady(), logged((0.0, PhaseEntered(Phase.CHECKING, "")), (40.0, ALLOWED))))
    assert 'class="mark yes"' in svg
    assert 'class="expected"' not in svg


def test_what_was_refused_has_a_line_to_what_was_expected_with_its_words() -> None:
    svg = drawn(trace_of(steady(), logged((0.0, PhaseEntered(Phase.CHECKING, "")), (40.0, REFUSED))))
    assert 'class="mark no"' in svg
    assert "12.20 V in 8 min" in svg
    assert "<title>DME: the next part: it &lt;falls&gt; &amp; falls</title>" in svg


def test_only_the_first_of_many_refusals_is_said_in_words() -> None:
    events = logged((0.0, PhaseEntered(Phase.CHECKING, "")), (40.0, ALLOWED), (50.0, REFUSED), (90.0, REFUSED))
    svg = drawn(trace_of(steady(), events))
    assert svg.count('class="expected"') == 2
    assert re.findall(r'class="over"[^>]*>([^<]*)<', svg)[1:] == ["2: 12.20 V in 8 min", "3"]


def test_a_forecast_of_an_old_journal_has_a_mark_and_no_line() -> None:
    old = Forecast("start", False, "plan", "it falls", 12.2)
    svg = drawn(trace_of(steady(), logged((0.0, PhaseEntered(Phase.CHECKING, "")), (40.0, old))))
    assert 'class="mark no"' in svg
    assert 'class="expected"' not in svg


def test_the_line_goes_on_beyond_the_run_for_as_long_again_at_most() -> None:
    far = Trace((TracePoint(0.0, 13.6), TracePoint(100.0, 13.5)), (), (TraceMark(100.0, "far", False, 12.9, 900.0),))
    end_x, end_y = (float(one) for one in re.findall(r'class="expected" d="M[^L]*L([\d.]+) ([\d.]+)"', drawn(far))[0])
    assert end_x == pytest.approx(WIDTH - 6)
    assert end_y < HEIGHT / 2


def test_forecasts_close_together_are_all_marked_but_not_all_numbered() -> None:
    marks = tuple(TraceMark(50.0 + n / 10, f"n {n}", True, None, 0.0) for n in range(6))
    svg = drawn(Trace((TracePoint(0.0, 13.6), TracePoint(100.0, 13.6)), (), marks))
    assert svg.count('class="mark yes"') == 6
    assert ">1</text>" in svg
    assert ">2</text>" not in svg


@pytest.mark.parametrize(("highest_v", "shown"), [(14.85 - NEAR_V - 0.01, False), (14.85 - NEAR_V + 0.01, True)])
def test_the_upper_limit_is_drawn_only_when_the_trace_came_near(highest_v: float, shown: bool) -> None:
    svg = drawn(trace_of([Sample(0.0, 13.6), Sample(9.0, highest_v)], []))
    assert ("upper limit 14.85 V" in svg) is shown


def test_the_hold_limit_is_always_drawn() -> None:
    assert "hold limit 13.00 V" in drawn(trace_of(steady(volts=14.2), []))


def test_nothing_is_told_by_colour_alone() -> None:
    """Holds are hatched, limits dashed, what was expected dotted."""
    events = logged(
        (0.0, PhaseEntered(Phase.PROGRAMMING, "")),
        (10.0, HeldBegan("erase", "low", 12.9, 13.0, 0.1)),
        (30.0, HeldEnded(20.0)),
        (40.0, REFUSED),
    )
    svg = drawn(trace_of(steady(), events))
    assert 'fill="url(#hatch)"' in svg
    assert 'stroke-dasharray="5 3"' in svg
    assert 'stroke-dasharray="1.5 4"' in svg


def test_a_run_without_limits_and_readings_is_still_a_picture() -> None:
    assert render_svg(Trace(), None, None).endswith("</svg>")


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.numbers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.numbers += [value or "" for name, value in attrs if name in ("x", "y", "width", "height", "d")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.one_of(st.none(), st.floats(0, 26))), max_size=30),
    st.lists(
        st.tuples(st.floats(0, 1e6), st.booleans(), st.one_of(st.none(), st.floats(-1e6, 1e6)), st.floats(0, 1e6)),
        max_size=5,
    ),
    st.sampled_from([340, WIDTH]),
)
def test_every_picture_is_whole_and_every_place_a_number(
    points: list[tuple[float, float | None]], marks: list[tuple[float, bool, float | None, float]], width: int
) -> None:
    trace = Trace(
        tuple(TracePoint(*one) for one in sorted(points, key=lambda one: one[0])),
        (TraceSpan("hold", 0.0, 5.0, "<b>"), TraceSpan("phase", 0.0, 5.0, "HELD")),
        tuple(TraceMark(at_s, "<i>", allowed, volts, for_s) for at_s, allowed, volts, for_s in marks),
    )
    parsed = _Balance()
    parsed.feed(drawn(trace, width))
    assert parsed.open == []
    assert not re.search(r"nan|inf", " ".join(parsed.numbers))
