"""Spans and counts of a run, where they are asked for: what happened to which account, and nobody's words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent.cli import main
from agent.errors import ConfigurationError, Exit, RunLocked
from agent.nightly import Options, Runner, Silent
from agent.observability.otel import spans_of, traced, wanted
from agent.pipeline import Pipeline
from agent.store import open_store
from tests.agent.observability.reports import SECRET, report
from tests.conftest import ROOT


class Collected:
    """What a run sent."""

    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.meters = MeterProvider([self._reader])

    def spans(self, name: str = "") -> list[ReadableSpan]:
        return [span for span in self._spans.get_finished_spans() if span.name.startswith(name)]

    def counts(self) -> dict[str, dict[str, float]]:
        """Metric -> the value of its one label -> number."""
        data = self._reader.get_metrics_data()
        metrics = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
        return {
            metric.name: {",".join(map(str, point.attributes.values())): point.value for point in metric.data.data_points}
            for metric in metrics
        }

    def everything(self) -> str:
        data = self._reader.get_metrics_data()
        return "".join(span.to_json() for span in self.spans()) + (data.to_json() if data else "")


@pytest.fixture
def collected() -> Collected:
    return Collected()


def told(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_real_night_is_a_span_with_its_stages_and_accounts(
    collected: Collected, pipeline: Pipeline, small_book: Path, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "h", create=True)
    with spans_of(collected.tracers, collected.meters) as trace:
        runner = Runner(store, pipeline, "offline", progress=trace.watching(Silent()), workers=2)
        done = runner.run(Options(small_book))
        trace.finished(done.to_json(), done.exit_code)
    store.close()
    (run,) = collected.spans("earned.run")
    assert run.context is not None
    assert told(run) | {"earned.run_id": done.run_id, "earned.exit_code": 0, "earned.accounts.changed": 2} == told(run)
    stages = collected.spans("earned.stage")
    assert [span.name for span in stages] == ["earned.stage reading", "earned.stage working", "earned.stage indexing"]
    assert all(span.parent is not None and span.parent.span_id == run.context.span_id for span in stages)
    accounts = collected.spans("earned.account")
    assert sorted(told(span)["earned.account"] for span in accounts) == ["a-1", "a-2"]
    assert all(span.parent is not None and span.parent == stages[1].context for span in accounts)
    assert all(span.start_time is not None and span.end_time is not None for span in accounts)
    counts = collected.counts()
    assert counts["earned.accounts"]["changed"] == 2
    assert counts["earned.signals"] == dict(done.signals_by_kind)
    assert counts["earned.hypotheses"] == dict(done.by_grade)
    assert counts["earned.hypotheses.saved"]["new"] == 2
    words = ("Dana", "Ruiz", "Ashgrove", "spreadsheet", "kim@", str(small_book))
    assert not any(word in collected.everything() for word in words)


def test_tokens_cost_and_failures_are_counted_without_a_word(collected: Collected) -> None:
    with spans_of(collected.tracers, collected.meters) as trace:
        trace.stage(SECRET, 3)
        trace.begin(SECRET)
        trace.end(SECRET)
        trace.finished(report(), Exit.PARTIAL)
    counts = collected.counts()
    assert counts["earned.model.tokens"] == {"prompt": 900, "cached": 0, "completion": 90}
    assert counts["earned.model.cost"] == {"": 0.25}
    assert counts["earned.quotes.rejected"] == {"not_found": 2, "too_short": 1}
    (run,) = collected.spans("earned.run")
    (event,) = run.events
    assert dict(event.attributes or {}) == {"earned.account": "a-9", "error.type": "ValueError"}
    assert told(collected.spans("earned.account")[0])["earned.account"].startswith("sha256:")
    assert not any(word in collected.everything() for word in SECRET.split())


def test_a_run_that_fails_says_how_and_not_why(collected: Collected) -> None:
    def locked() -> None:
        with spans_of(collected.tracers, collected.meters) as trace:
            trace.stage("Reading", 1)
            trace.begin("a-1")
            raise RunLocked(SECRET, "Wait.")

    with pytest.raises(RunLocked):
        locked()
    (run,) = collected.spans("earned.run")
    assert (run.status.status_code.name, told(run)["error.type"]) == ("ERROR", "RunLocked")
    assert len(collected.spans()) == 3, "what was open is ended"
    assert not any(word in collected.everything() for word in SECRET.split())


def test_a_dry_run_counts_nothing(collected: Collected) -> None:
    with spans_of(collected.tracers, collected.meters) as trace:
        trace.finished(report(dry_run=True), Exit.OK)
    assert collected.counts() == {}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"EARNED_OTEL": "1"}, True),
        ({"EARNED_OTEL": "0"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4317"}, True),
        ({"EARNED_OTEL": "1", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_it_is_sent_only_where_somebody_asks(environment: dict[str, str], expected: bool) -> None:
    assert wanted(environment) is expected


def test_without_being_asked_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys; from agent.observability.otel import traced\n"
        "with traced({}) as trace: assert trace is None\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_what_is_not_installed_or_not_known_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="OTEL_EXPORTER_OTLP_PROTOCOL"):
        traced({"EARNED_OTEL": "1", "OTEL_EXPORTER_OTLP_PROTOCOL": "smoke"}).__enter__()
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError) as raised:
        traced({"EARNED_OTEL": "1"}).__enter__()
    assert "earned[otel]" in raised.value.remedy


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """A collector on real gRPC: its address and the requests that it got."""
    import grpc
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

    got: list[Any] = []

    class Traces(trace_service_pb2_grpc.TraceServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:
            got.append(request)
            return trace_service_pb2.ExportTraceServiceResponse()

    class Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:
            got.append(request)
            return metrics_service_pb2.ExportMetricsServiceResponse()

    server = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Traces(), server)
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Metrics(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"http://127.0.0.1:{port}", got
    server.stop(None)


def test_a_collector_gets_it_and_one_that_is_away_stops_nothing(
    collector: tuple[str, list[Any]], small_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, got = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    assert main(["run", "--book", str(small_book), "--home", str(tmp_path / "h")]) == Exit.OK
    sent = [s.name for r in got if hasattr(r, "resource_spans") for x in r.resource_spans for y in x.scope_spans for s in y.spans]
    assert sorted(sent).count("earned.account") == 2
    assert "earned.run" in sent
    figures = [
        m.name
        for r in got
        if hasattr(r, "resource_metrics")
        for x in r.resource_metrics
        for y in x.scope_metrics
        for m in y.metrics
    ]
    assert "earned.accounts" in figures
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert main(["run", "--book", str(small_book), "--home", str(tmp_path / "h")]) == Exit.OK
