"""Prometheus's own parser over what GET /metrics answers."""

import subprocess

import pytest
from conftest import build_folder
from prometheus_client.openmetrics import parser


@pytest.fixture(scope="module")
def families():
    program = build_folder()["job"].parents[1] / "tests/render_status"
    text = subprocess.run([program, "", "metrics"], capture_output=True, check=True, text=True).stdout
    return {family.name: family for family in parser.text_string_to_metric_families(text)}


def test_every_family_has_type_and_help(families):
    assert len(families) >= 15
    for family in families.values():
        assert family.type in ("gauge", "counter", "summary", "info")
        assert family.documentation.endswith(".")
        assert family.samples


def test_counts_are_by_state(families):
    live = {sample.labels["state"]: sample.value for sample in families["sheetbq_runs_live"].samples}
    assert live == {"claimed": 1, "starting": 0, "running": 3, "cancelling": 0}
    finished = {sample.labels["state"]: sample.value for sample in families["sheetbq_runs_finished_24h"].samples}
    assert finished == {"succeeded": 1204, "failed": 17, "cancelled": 0, "lost": 0, "abandoned": 0}


def test_units_and_quantiles_are_read(families):
    lateness = families["sheetbq_lateness_seconds"]
    assert (lateness.type, lateness.unit) == ("summary", "seconds")
    assert {sample.labels["quantile"]: sample.value for sample in lateness.samples} == {"0.5": 1.25, "0.99": 312.5}
    assert families["sheetbq_process_peak_memory_bytes"].unit == "bytes"
    assert families["sheetbq_duplicate_executions"].type == "counter"
    assert families["sheetbq_build"].samples[0].labels["version"]
