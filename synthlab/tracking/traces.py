"""LM calls as MLflow traces: what was asked for, prompt, answer, and what curation made of it.

They are written once a candidate is scored, from its rows and from the journal of LM calls, all in
two requests: nothing of it runs while rows are generated. A trace is one order: its rows share a
call. Its times are those of the call, or of the run where an earlier run has paid for the call.
"""

from __future__ import annotations

import base64
import json
import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any, Literal

from synthlab.records import Curated, Row, Usage, digest, draw_seed, usage_of
from synthlab.tracking.backend import SpanKey
from synthlab.tracking.store import Store

SAMPLE = 20
"""Orders of a candidate in a sample."""

PART = 50  # traces in one request: MLflow links at most 100 at once

Which = Literal["off", "sampled", "all"]
Lookup = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]
"""Keys of LM calls -> by key the columns ``prompt``, ``answer``, ``created`` and so on."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Order:
    """Rows that one LM call wrote; ``why`` has the reason of each that was dropped."""

    rows: list[Row] = field(default_factory=list)
    why: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The class of its rows."""
        return self.rows[0].label

    @property
    def verdict(self) -> str:
        """``kept``, ``dropped: near duplicate``, or how many of several were kept."""
        if len(self.rows) == 1:
            row = self.rows[0]
            return f"dropped: {self.why[row.id]}" if row.id in self.why else "kept"
        kept = sum(row.id not in self.why for row in self.rows)
        reasons = ", ".join(sorted(set(self.why.values())))
        return f"{kept} of {len(self.rows)} kept" + (f"; dropped: {reasons}" if reasons else "")


def orders(curated: Curated) -> list[Order]:
    """Every order of a candidate, from the lineage of its rows."""
    found: dict[str, Order] = {}
    why = {item.row.id: item.reason for item in curated.dropped}
    for row in curated.rows:
        if row.lineage is not None:
            # A call that was not answered has no key.
            order = found.setdefault(row.lineage.call or row.id, Order())
            order.rows.append(row)
            if row.id in why:
                order.why[row.id] = why[row.id]
    return list(found.values())


def sample(every: Sequence[Order], count: int = SAMPLE) -> list[Order]:
    """So many orders, as many of each class as can be; the same ones for the same rows."""
    classes: dict[str, list[Order]] = {}
    for order in every:
        classes.setdefault(order.label, []).append(order)
    shuffled = []
    for label in sorted(classes):
        mine = sorted(classes[label], key=_place)
        random.Random(draw_seed("traces", label)).shuffle(mine)
        shuffled.append(mine)
    turns = chain.from_iterable(zip_longest(*shuffled))
    return [order for order in turns if order is not None][:count]


def log(
    store: Store,
    experiment_id: str,
    run_id: str,
    name: str,
    curated: Curated,
    which: Which,
    calls: Lookup,
    began_ms: int,
) -> int:
    """Write traces of a candidate's calls, and link them to its run.

    Args:
        store: where to.
        experiment_id: of the run.
        run_id: the candidate's.
        name: what MLflow lists the traces under: the candidate's.
        curated: its rows.
        which: none, 20 of them, or all.
        calls: reads the journal.
        began_ms: when the run began, in milliseconds since 1970.

    Returns:
        How many were written; 0 where a server cannot take traces.

    Raises:
        MlflowException: the store cannot be written.
        StorageError: the journal cannot be read.
    """
    if which == "off":
        return 0
    from mlflow.tracing.client import TracingClient

    every = orders(curated)
    chosen = every if which == "all" else sample(every)
    for start in range(0, len(chosen), PART):
        part = chosen[start : start + PART]
        known = calls([order.rows[0].lineage.call for order in part if order.rows[0].lineage])
        made = [_trace(run_id, name, order, known, began_ms) for order in part]
        try:
            TracingClient(store.uri).log_spans(experiment_id, [s for _, ss in made for s in ss])
        except NotImplementedError as exc:  # a server of MLflow before 3.4
            _log.warning("traces were not written: %s", exc)
            return 0
        store.client.link_traces_to_run([trace_id for trace_id, _ in made], run_id)
    return len(chosen)


def _place(order: Order) -> int:
    line = order.rows[0].lineage
    return line.request.index if line else 0


def _trace(
    run_id: str, name: str, order: Order, calls: Mapping[str, Mapping[str, Any]], began_ms: int
) -> tuple[str, list[Any]]:
    first = order.rows[0].lineage
    assert first is not None
    call = calls.get(first.call, {})
    usage = usage_of(order.rows)
    # The same row of the same run has the same trace, however often it is sent.
    mark = digest([run_id, first.call, order.rows[0].id], 64)
    sent = int(float(call.get("created") or 0) * 1000)
    start, end = max(sent, began_ms), max(sent, began_ms) + int(1000 * usage.seconds)
    ids = (f"tr-{mark[:32]}", mark[:32], mark[32:48])
    about = {"curation": order.verdict, "class": order.label}
    if call and sent < began_ms:
        about["replayed"] = "from the journal: nothing was sent or paid by this run"
    root = {
        SpanKey.SPAN_TYPE: "CHAIN",
        SpanKey.INPUTS: _one(_asked(row) for row in order.rows),
        SpanKey.OUTPUTS: _one(_made(row, order.why.get(row.id, "")) for row in order.rows),
        "candidate": name,
        **{f"{SpanKey.TRACE_TAG_PREFIX}{key}": text for key, text in about.items()},
    }
    spans = [_span(ids, None, name, (start, end), root)]
    if call:
        own = (ids[0], ids[1], mark[48:64])
        spans.append(_span(own, ids[2], str(call["model"]), (start, end), _call(call, usage)))
    return ids[0], spans


def _asked(row: Row) -> dict[str, Any]:
    assert row.lineage is not None
    request = row.lineage.request
    shown = {"real rows shown": list(request.shown)} if request.shown else {}
    return {"class": row.label, **request.attributes, **shown}


def _made(row: Row, why: str) -> dict[str, Any]:
    return {"curation": f"dropped: {why}" if why else "kept", **row.values}


def _one(items: Iterator[dict[str, Any]]) -> Any:
    found = list(items)
    return found[0] if len(found) == 1 else found


def _call(call: Mapping[str, Any], usage: Usage) -> dict[str, Any]:
    """What is known of the call itself; a cost that is not known stays out."""
    engine, _, model = str(call["model"]).partition("/")
    found: dict[str, Any] = {
        SpanKey.SPAN_TYPE: "LLM",
        SpanKey.INPUTS: call["prompt"],
        SpanKey.OUTPUTS: call["answer"],
        SpanKey.CHAT_USAGE: {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "total_tokens": usage.tokens,
        },
        "lm": call["model"],
        "finish_reason": call["finish_reason"],
        "attempts": call["attempts"],
        "journal key": call["key"],
        "seconds": usage.seconds,
    }
    if usage.cost_usd is not None:
        # With a model's name and no cost, MLflow would look for one in a list of its own.
        found |= {SpanKey.MODEL: model, SpanKey.MODEL_PROVIDER: engine}
        found[SpanKey.LLM_COST] = {"total_cost": usage.cost_usd}
    return found


def _span(
    ids: tuple[str, str, str],
    parent: str | None,
    name: str,
    times: tuple[int, int],
    attributes: Mapping[str, Any],
) -> Any:
    from mlflow.entities import Span

    trace_id, trace, span = ids
    data = {SpanKey.REQUEST_ID: trace_id, **attributes}
    return Span.from_dict(
        {
            "name": name,
            "trace_id": _base64(trace),
            "span_id": _base64(span),
            "parent_span_id": _base64(parent) if parent else None,
            "start_time_unix_nano": times[0] * 1_000_000,
            "end_time_unix_nano": times[1] * 1_000_000,
            "status": {"code": "STATUS_CODE_OK", "message": ""},
            "events": [],
            "attributes": {
                k: json.dumps(v, ensure_ascii=False, default=str) for k, v in data.items()
            },
        }
    )


def _base64(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text)).decode()
