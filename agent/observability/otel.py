"""OpenTelemetry, where it is asked for: a span for the run, for each of its stages and for each account, and the run's counts.

Asked for by the standard's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, or its twins for traces and metrics alone), or by
`EARNED_OTEL=1`, which sends to the standard's default address. `OTEL_SDK_DISABLED=true` wins over all. Without them nothing is
imported. `pip install 'earned[otel]'` has what is needed.

The rule is that of the structured log: ids and numbers, no text of anybody. Errors are recorded by their type, since their
messages may quote a file. A collector that is away costs a run at most `PATIENCE` seconds, and never its end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from agent.errors import ConfigurationError
from agent.nightly import Progress
from agent.observability.log import identifier

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.sdk.metrics import MeterProvider as SdkMeters
    from opentelemetry.sdk.trace import TracerProvider as SdkTracers
    from opentelemetry.trace import Span, TracerProvider

SWITCH: Final = "EARNED_OTEL"
ENDPOINTS: Final = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
PROTOCOL: Final = "OTEL_EXPORTER_OTLP_PROTOCOL"
"""`grpc` (as where it is not set) or `http/protobuf`."""
PATIENCE: Final = 5.0
"""Seconds that the end of a run waits for the collector, for spans and for figures."""
SCOPE: Final = "earned"


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the environment asks for spans and figures."""
    if environment.get("OTEL_SDK_DISABLED", "").casefold() == "true":
        return False
    return environment.get(SWITCH, "").casefold() in ("1", "true", "yes") or any(environment.get(name) for name in ENDPOINTS)


@contextmanager
def traced(environment: Mapping[str, str] | None = None) -> Iterator[Trace | None]:
    """The trace of one run, sent when it ends; None where nobody asks for one. Raises ConfigurationError where it cannot be."""
    environment = os.environ if environment is None else environment
    if not wanted(environment):
        yield None
        return
    tracers, meters = _providers(environment)
    try:
        with spans_of(tracers, meters) as trace:
            yield trace
    finally:
        tracers.force_flush(int(PATIENCE * 1000))
        tracers.shutdown()
        meters.shutdown(int(PATIENCE * 1000))


@contextmanager
def spans_of(tracers: TracerProvider, meters: MeterProvider) -> Iterator[Trace]:
    """The trace of one run, given to these providers. What ends the run early is recorded as the type of the error."""
    trace = Trace(tracers, meters)
    try:
        yield trace
    except BaseException as error:
        trace.failed(error)
        raise
    finally:
        trace.close()


class Trace:
    """The spans of one run while it goes on."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self._tracer = tracers.get_tracer(SCOPE)
        self._meter = meters.get_meter(SCOPE)
        self._run = self._tracer.start_span("earned.run")
        self._stage: Span | None = None
        self._accounts: dict[str, Span] = {}
        self._lock = Lock()

    def watching(self, inner: Progress) -> Progress:
        """A progress that is handed on and becomes spans."""
        return _Spans(inner, self)

    def stage(self, name: str, total: int) -> None:
        """A stage begins, and the one before it is over."""
        self._end_stage()
        self._stage = self._span(f"earned.stage {identifier(name).casefold()}", self._run)
        self._stage.set_attribute("earned.units", total)

    def begin(self, account: str) -> None:
        """An account is worked on. Called from many threads."""
        span = self._span("earned.account", self._stage or self._run)
        span.set_attribute("earned.account", identifier(account))
        with self._lock:
            self._accounts[account] = span

    def end(self, account: str) -> None:
        """It is stored, or given up."""
        with self._lock:
            span = self._accounts.pop(account, None)
        if span is not None:
            span.end()

    def finished(self, report: Mapping[str, Any], exit_code: int) -> None:
        """The counts of a run that came to its end, from the object of `earned run --json`."""
        accounts, llm = report["accounts"], report["llm"]
        self._run.set_attribute("earned.run_id", identifier(str(report["run_id"])))
        self._run.set_attribute("earned.model", identifier(str(report["model"])))
        self._run.set_attribute("earned.exit_code", int(exit_code))
        self._run.set_attribute("earned.dry_run", bool(report["dry_run"]))
        for outcome, count in accounts.items():
            self._run.set_attribute(f"earned.accounts.{outcome}", count)
        for stage, seconds in report["seconds"].items():
            self._run.set_attribute(f"earned.seconds.{identifier(stage)}", seconds)
        for account, why in report.get("failures", {}).items():
            about = {"earned.account": identifier(account), "error.type": identifier(why.partition(":")[0])}
            self._run.add_event("account_failed", about)
        if not report["dry_run"]:
            self._count(report, llm)

    def failed(self, error: BaseException) -> None:
        """The kind of error; its message may hold somebody's words."""
        from opentelemetry.trace import Status, StatusCode

        self._run.set_attribute("error.type", type(error).__name__)
        self._run.set_status(Status(StatusCode.ERROR, type(error).__name__))

    def close(self) -> None:
        """End what is still open, the run last."""
        with self._lock:
            left, self._accounts = list(self._accounts.values()), {}
        for span in left:
            span.end()
        self._end_stage()
        self._run.end()

    def _span(self, name: str, parent: Span) -> Span:
        from opentelemetry.trace import set_span_in_context

        return self._tracer.start_span(name, context=set_span_in_context(parent))

    def _end_stage(self) -> None:
        stage, self._stage = self._stage, None
        if stage is not None:
            stage.end()

    def _count(self, report: Mapping[str, Any], llm: Mapping[str, Any]) -> None:
        """Counters are this run's; of hypotheses by grade there is a level, since they stand from night to night."""
        signals, hypotheses = report["signals"], report["hypotheses"]
        worked = {name: count for name, count in report["accounts"].items() if name != "seen"}
        self._add("earned.accounts", "Accounts by outcome", "outcome", worked)
        self._add("earned.signals", "Signals of the accounts worked on, by kind", "kind", signals["by_kind"])
        self._add("earned.quotes.rejected", "Quotes that do not stand in their source, by reason", "reason", signals["rejected"])
        saved = {name: count for name, count in hypotheses.items() if isinstance(count, int) and name != "unchanged"}
        self._add("earned.hypotheses.saved", "Hypotheses by what became of them", "outcome", saved)
        level = self._meter.create_gauge("earned.hypotheses", description="Hypotheses that stand, by grade")
        for grade, count in hypotheses.get("by_grade", {}).items():
            level.set(count, {"grade": identifier(grade)})
        self._add("earned.model.calls", "Calls of the model", "outcome", {"sent": llm["calls"], "known": llm["cache_hits"]})
        tokens = {name: llm[f"{name}_tokens"] for name in ("prompt", "cached", "completion")}
        self._add("earned.model.tokens", "Tokens of the model", "type", tokens)
        if llm["cost"] is not None:
            cost = self._meter.create_counter("earned.model.cost", description="In the price list's currency")
            cost.add(llm["cost"])

    def _add(self, name: str, description: str, label: str, counts: Mapping[str, Any]) -> None:
        counter = self._meter.create_counter(name, description=description)
        for key, count in counts.items():
            counter.add(count, {label: identifier(str(key))})


class _Spans:
    def __init__(self, inner: Progress, trace: Trace) -> None:
        self._inner = inner
        self._trace = trace

    def stage(self, name: str, total: int) -> None:
        self._trace.stage(name, total)
        self._inner.stage(name, total)

    def begin(self, what: str) -> None:
        self._trace.begin(what)
        self._inner.begin(what)

    def advance(self, what: str) -> None:
        self._trace.end(what)
        self._inner.advance(what)


def _providers(environment: Mapping[str, str]) -> tuple[SdkTracers, SdkMeters]:
    """With exporters for the protocol that the environment names; they read their address and headers from it themselves."""
    protocol = environment.get(PROTOCOL) or "grpc"
    if protocol not in ("grpc", "http/protobuf"):
        raise ConfigurationError(f"{PROTOCOL} is {protocol!r}.", "Set it to grpc or http/protobuf, or unset it.")
    try:
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        spans, figures = _exporters(protocol)
    except ImportError as error:
        raise ConfigurationError(
            f"OpenTelemetry is asked for, and {error.name} is not installed.",
            f"pip install 'earned[otel]', or unset {SWITCH} and OTEL_EXPORTER_OTLP_ENDPOINT.",
        ) from error
    resource = Resource.create({} if environment.get("OTEL_SERVICE_NAME") else {"service.name": "earned"})
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(spans))
    meters = MeterProvider([PeriodicExportingMetricReader(figures)], resource=resource, shutdown_on_exit=False)
    return tracers, meters


def _exporters(protocol: str) -> tuple[Any, Any]:
    """Raises ImportError."""
    from importlib import import_module

    package = f"opentelemetry.exporter.otlp.proto.{'grpc' if protocol == 'grpc' else 'http'}"
    spans, figures = import_module(f"{package}.trace_exporter"), import_module(f"{package}.metric_exporter")
    return spans.OTLPSpanExporter(timeout=PATIENCE), figures.OTLPMetricExporter(timeout=PATIENCE)
