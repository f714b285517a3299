"""What every test shares: where a skip is not acceptable, it is a failure.

`KL30_MUST_RUN=browser,kernel_isotp` names markers whose tests must run here; `.ci/run` sets it.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# How long one input takes says something about the machine, and nothing about the claim.
settings.register_profile("kl30", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kl30")

MUST_RUN = frozenset(filter(None, os.environ.get("KL30_MUST_RUN", "").split(",")))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that wait for a real clock go first: one process waits for them while the others compute."""
    items.sort(key=lambda item: item.get_closest_marker("realtime") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test of a marker that must run fails, with the reason of its skip."""
    report = yield
    if report.skipped and MUST_RUN & {marker.name for marker in item.iter_markers()}:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"must run here (KL30_MUST_RUN), but: {reason}"
    return report
