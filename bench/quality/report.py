"""The tables that `make quality` prints, as Markdown."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from bench.quality.inject import KINDS
from bench.quality.run import Clean
from bench.quality.score import Hit, Tally, interval


def together(tallies: list[Tally]) -> Tally:
    """Return the sum of several rounds."""
    total = Tally()
    for one in tallies:
        total.add(one)
    return total


def clean_table(rows: list[Clean]) -> Iterator[str]:
    """Yield false alarms by stream and in total."""
    yield "| clean stream | prints | false alarms | per million | per symbol-hour |"
    yield "|---|---:|---:|---:|---:|"
    episodes, prints = sum(row.episodes for row in rows), sum(row.prints for row in rows)
    everything = Clean("**all**", prints, sum(row.hours for row in rows), episodes)
    for row in [*rows, everything]:
        yield f"| {row.name} | {row.prints:,} | {row.episodes} | {row.per_million:.0f} | {row.per_hour:.2f} |"


def kind_table(hits: list[Hit]) -> Iterator[str]:
    """Yield recall by kind, execution and magnitude with 95 % intervals, delays, and how often the cause was named."""
    yield "| kind | execution | recall by magnitude (95 % interval) | cause named first | delay, trades: median, 90 % |"
    yield "|---|---|---|---:|---:|"
    by_key: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    for hit in hits:
        by_key[hit.event.kind, hit.event.execution].append(hit)
    for kind, (magnitudes, executions) in KINDS.items():
        for execution in executions:
            yield _kind_row(kind, execution, magnitudes, by_key[kind, execution])
        yield _kind_row(kind, "**all**", magnitudes, [hit for hit in hits if hit.event.kind == kind])


def _kind_row(kind: str, execution: str, magnitudes: Iterable[float], hits: list[Hit]) -> str:
    cells = []
    for magnitude in magnitudes:
        group = [hit for hit in hits if hit.event.magnitude == magnitude]
        if group:
            found = sum(hit.found for hit in group)
            low, high = interval(found, len(group))
            cells.append(f"{magnitude:g}: {found / len(group):.2f} ({low:.2f}-{high:.2f})")
    return f"| {kind} | {execution} | {'; '.join(cells)} | {_named(hits)} | {_delay(hits)} |"


def peer_row(name: str, tallies: list[Tally], rows: list[Clean]) -> str:
    """Return one line of the comparison."""
    total = together(tallies)
    per_million = sum(row.episodes for row in rows) * 1e6 / sum(row.prints for row in rows)
    worst = min(one.f1 for one in tallies)
    return (
        f"| {name} | {total.f1:.2f} | {worst:.2f} | {total.recall:.2f} | {total.precision:.2f} | {per_million:.0f} "
        f"| {_named(total.hits)} | {_delay(total.hits)} |"
    )


PEER_HEAD = (
    "| detector | F1 | F1, worst round | recall | precision | false alarms per million, clean | cause named first "
    "| delay, trades: median, 90 % |\n|---|---:|---:|---:|---:|---:|---:|---:|"
)


def _named(hits: list[Hit]) -> str:
    found = [hit for hit in hits if hit.found]
    return f"{np.mean([hit.named for hit in found]):.2f}" if any(hit.named for hit in found) else "none"


def _delay(hits: list[Hit]) -> str:
    delays = [hit.delay for hit in hits if hit.found]
    return f"{np.median(delays):.0f}, {np.quantile(delays, 0.9):.0f}" if delays else "none"
