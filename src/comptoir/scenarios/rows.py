"""Tables of scenarios in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, text

from comptoir.state.base import metadata

_WIDE = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that is SQLite's own row id, so that it costs no second tree."""

scenarios = Table(
    "scenarios",
    metadata,
    Column("scenario", String, primary_key=True),
    Column("live_version", Integer, nullable=False),  # 0: none was published yet
    Column("state", String, nullable=False),  # draft | live | paused | archived
    Column("changed_at", BigInteger, nullable=False),
    Column("draft", Text),  # YAML that is being written; publishing takes it away
    Column("draft_revision", Integer),  # which row of `scenario_drafts` it is; NULL: there is no draft
)
"""One row a scenario: which version new enrollments get, and whether it runs."""

scenario_versions = Table(
    "scenario_versions",
    metadata,
    Column("scenario", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", Text, nullable=False),  # the YAML as published
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", String),
)
"""One row a published version: never changed, so people in flight finish on theirs."""

scenario_drafts = Table(
    "scenario_drafts",
    metadata,
    Column("scenario", String, primary_key=True),
    Column("revision", Integer, primary_key=True),  # never used twice, so that an old form is known as old
    Column("before", Integer),  # the revision it was made from; NULL: the published version, or nothing
    Column("definition", Text, nullable=False),
    Column("what", String, nullable=False),  # the kind of change
    Column("saved_at", BigInteger, nullable=False),
    Column("saved_by", String, nullable=False),
)
"""One row a draft as it was saved: undo goes back along `before`, redo forward; the oldest are let go."""

enrollments = Table(
    "enrollments",
    metadata,
    Column("enrollment_id", _WIDE, primary_key=True),
    Column("scenario", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("brand", String, nullable=False),
    Column("key", String, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("cart_key", String),
    Column("cart_id", String),
    Column("step", String, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("last_action_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("waits_for", String),
    Column("happened", String),
    Column("status", String, nullable=False),
    Column("exit_reason", String),
    Column("ended_at", BigInteger),
    Column("arm", String),
    Column("arm_of", String),  # the profile whose name was drawn, as it was then
    Column("eligible_at", BigInteger),
    Column("about", String, nullable=False, server_default=text("''")),  # the key without its person
    Column("said", Text, nullable=False, server_default=text("'{}'")),  # JSON: properties of the event that began it
    Column("drawn", Text, nullable=False, server_default=text("'{}'")),  # JSON: ways drawn, by step
    Index("enrollments_by_key", "scenario", "key", "entered_at"),
    Index("enrollments_live", "scenario", "key", unique=True, sqlite_where=text("status = 'live'"),
          postgresql_where=text("status = 'live'")),
    Index("enrollments_live_by_node", "node_id", sqlite_where=text("status = 'live'"),
          postgresql_where=text("status = 'live'")),
    Index("enrollments_by_node", "node_id", "scenario"),
)  # fmt: skip
"""
One row a run of a scenario for one key. It keeps the node it began with; the profile is resolved on reading.

`happened` is the event that woke it; at most one live run a scenario and key.
"""

timers = Table(
    "timers",
    metadata,
    Column("due_at", BigInteger, primary_key=True),
    Column("enrollment_id", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
"""One row an enrollment that waits, clustered by when it is due: popped by range, 880,000 a second measured."""

passed_steps = Table(
    "scenario_passed",
    metadata,
    Column("scenario", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("step", String, primary_key=True),
    Column("brand", String, primary_key=True),
    Column("passed", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""
One row a step of a version and brand: how many runs have gone through it, counted in the transaction in which they do.

A run that a goto leads back counts each time.
"""

scenarios_applied = Table(
    "scenarios_applied",
    metadata,
    Column("spool", String, primary_key=True),
    Column("offset_after", BigInteger, nullable=False),
    Column("tick_id", BigInteger, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
)
"""One row a spool: how far scenarios have applied it, written in the transaction of its effects."""

goals = Table(
    "scenario_goals",
    metadata,
    Column("enrollment_id", BigInteger, primary_key=True),
    Column("goal", String, primary_key=True),
    Column("scenario", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("reached_at", BigInteger, nullable=False),
    Index("scenario_goals_by_scenario", "scenario", "reached_at"),
)
"""One row a goal that a run reached, the first time. It is never deleted."""

draws = Table(
    "scenario_draws",
    metadata,
    Column("enrollment_id", BigInteger, primary_key=True),
    Column("step", String, primary_key=True),
    Column("scenario", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("arm", String, nullable=False),
    Column("who", String, nullable=False),  # the profile whose name was drawn, as it was then
    Column("brand", String, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("drawn_at", BigInteger, nullable=False),
    Index("scenario_draws_by_scenario", "scenario", "step"),
)
"""One row an arm of an experiment that a run was drawn into. It is never deleted."""

firings = Table(
    "scenario_firings",
    metadata,
    Column("scenario", String, primary_key=True),
    Column("brand", String, primary_key=True),
    Column("rule", String, primary_key=True),  # the crontab or the date's rule, as text: another rule begins anew
    Column("done_until", BigInteger, nullable=False),  # it only moves forward, whatever clocks do
    Column("next_at", BigInteger),
    Column("fired_at", BigInteger),
)
"""One row a schedule or date of a scenario and brand: until when it was served, so that it is served once."""

alerts = Table(
    "scenario_alerts",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("colleague", String, nullable=False),
    Column("person", String, nullable=False),  # the profile as it was then
    Column("node_id", BigInteger, nullable=False),
    Column("scenario", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("said", Text, nullable=False),  # JSON: what the words may say
    Column("raised_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),  # when it goes with a digest; NULL: it has gone
    Column("message_id", String),
    Column("is_digest", Boolean, nullable=False),
    Index("scenario_alerts_by_colleague", "colleague", "raised_at"),
    Index("scenario_alerts_due", "due_at", sqlite_where=text("message_id IS NULL"),
          postgresql_where=text("message_id IS NULL")),
)  # fmt: skip
"""One row an alert to a colleague: sent at once, or kept for a digest."""
