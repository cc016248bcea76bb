"""What Prometheus reads on the desk: the engine's status, said in its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTERS = (
    ("received", "comptoir_events_received_total", "Lines received in both spools."),
    ("stored", "comptoir_events_stored_total", "Lines stored as facts."),
    ("consent_discarded", "comptoir_events_consent_discarded_total", "Events counted only: tracking was refused."),
    ("duplicates", "comptoir_events_duplicates_total", "Lines that had been taken before."),
)  # fmt: skip
GAUGES = (
    ("lag_seconds", "comptoir_lag_seconds", "Age of the oldest line that waits for its tick."),
    ("wal_bytes", "comptoir_warehouse_wal_bytes", "Size of the warehouse's write-ahead log."),
)
WORK = (
    ("ticks", "comptoir_ticks_total", "Ticks worked since the engine started."),
    ("checkpoints", "comptoir_checkpoints_total", "Checkpoints of the warehouse since the engine started."),
)


class EngineStatus(Collector):
    """The metrics of one scrape, made from one status."""

    def __init__(self, status: Mapping[str, Any] | None) -> None:
        self.status = status

    def collect(self) -> Iterator[Metric]:
        """Give every metric; of an engine that does not answer, only that it is down."""
        yield GaugeMetricFamily("comptoir_engine_up", "1 if the engine answers.", value=float(self.status is not None))
        if self.status is not None:
            yield from _counts(self.status)
            yield from _measures(self.status)


def text(status: Mapping[str, Any] | None) -> bytes:
    """Write the metrics of a status in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EngineStatus(status))
    return generate_latest(registry)


def difference(status: Mapping[str, Any]) -> int:
    """
    Give received − stored − refused − consent discarded − duplicates − pending: 0, always.

    Units: lines.
    """
    counts = status.get("counts", {})
    refused = sum(counts.get("refused", {}).values())
    parts = counts.get("stored", 0), refused, counts.get("consent_discarded", 0), counts.get("duplicates", 0)
    return int(counts.get("received", 0) - sum(parts) - sum(status.get("pending", {}).values()))


def _counts(status: Mapping[str, Any]) -> Iterator[Metric]:
    counts = status.get("counts", {})
    for key, name, says in COUNTERS:
        yield CounterMetricFamily(name, says, value=counts.get(key, 0))
    yield _labelled(
        CounterMetricFamily, "comptoir_events_refused_total", "Lines refused.", "reason", counts.get("refused", {})
    )
    yield _labelled(
        GaugeMetricFamily, "comptoir_pending", "Lines that wait for their tick.", "spool", status.get("pending", {})
    )
    yield GaugeMetricFamily(
        "comptoir_equation_difference",
        "Received less stored, refused, consent discarded, duplicates and pending: 0, or something was lost.",
        value=difference(status),
    )


def _measures(status: Mapping[str, Any]) -> Iterator[Metric]:
    for key, name, says in GAUGES:
        yield GaugeMetricFamily(name, says, value=float(status.get(key) or 0))
    for key, name, says in WORK:
        yield CounterMetricFamily(name, says, value=float(status.get(key) or 0))
    yield _labelled(
        CounterMetricFamily,
        "comptoir_box_seconds_total",
        "Time each box of the tick has taken.",
        "box",
        status.get("box_seconds", {}),
    )
    yield _labelled(
        GaugeMetricFamily, "comptoir_tick_seconds", "How long ticks take.", "quantile", status.get("tick_seconds", {})
    )
    yield _labelled(
        GaugeMetricFamily, "comptoir_enrollments", "Runs of scenarios.", "status", status.get("enrollments", {})
    )
    yield _labelled(
        GaugeMetricFamily,
        "comptoir_messages",
        "Messages by what became of them.",
        "outcome",
        status.get("messages", {}),
    )
    yield _labelled(
        CounterMetricFamily,
        "comptoir_audience_views_total",
        "Page views without consent, by what became of them; received is the sum of the others.",
        "outcome",
        status.get("audience", {}),
    )
    yield _turned_away(status.get("turned_away") or ())
    concerns = [*(status.get("warnings") or ()), *(status.get("failures") or ())]
    yield GaugeMetricFamily("comptoir_warnings", "What the engine warns of.", value=len(concerns))


def _turned_away(rows: Sequence[Mapping[str, Any]]) -> Metric:
    metric = CounterMetricFamily(
        "comptoir_door_turned_away_total",
        "Requests answered 429, by source and by whose limit was reached: all that bears the key, or one network.",
        labels=["source", "bound"],
    )
    for row in rows:
        metric.add_metric([str(row["source"]), str(row["bound"])], float(row["requests"]))
    return metric


def _labelled(
    family: type[CounterMetricFamily | GaugeMetricFamily],
    name: str,
    says: str,
    label: str,
    values: Mapping[str, Any],
) -> Metric:
    metric = family(name, says, labels=[label])
    for value, number in sorted(values.items()):
        metric.add_metric([str(value)], float(number))
    return metric
