"""What was measured, as Markdown for people and as JSON for programs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

Figure = float | int | str

_NAMES: Final = {
    "median_us": "median, µs",
    "p99_us": "99 %, µs",
    "max_us": "max, µs",
    "mean_us": "mean, µs",
    "trades_a_second": "trades/s",
    "processor_us": "processor µs a trade",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes
    ----------
    what : str
        What was measured.
    figures : dict
        Numbers or text, by column name.
    goal : str
        The goal in words; empty if there is none.
    met : bool, optional
        Whether the goal was met; None if there is none.
    """

    what: str
    figures: dict[str, Figure]
    goal: str = ""
    met: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as written to the JSON file."""
        fields: dict[str, Any] = {"what": self.what, **self.figures}
        return fields | ({"goal": self.goal, "met": self.met} if self.goal else {})


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one part, and the notes needed to read them.

    Attributes
    ----------
    name : str
        Name of the part, one word.
    title : str
        Heading of the table.
    rows : list of Row
        Rows in the order in which they are shown; the table has the columns of all of them.
    notes : list of str
        Sentences below the table.
    failed : str
        Why the whole run has failed; empty if it has not.
    """

    name: str
    title: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    failed: str = ""

    def markdown(self) -> str:
        """Return the table as Markdown."""
        columns = list(dict.fromkeys(name for row in self.rows for name in row.figures))
        with_goals = any(row.goal for row in self.rows)
        head = ["what", *(_NAMES.get(name, name.replace("_", " ")) for name in columns)] + ["goal"] * with_goals
        lines = [f"### {self.title}", "", _line(head), _line(["---"] + ["---:"] * len(columns) + ["---"] * with_goals)]
        for row in self.rows:
            cells = [row.what, *(shown(row.figures.get(name, "")) for name in columns)]
            lines.append(_line(cells + [_goal(row)] * with_goals))
        return "\n".join([*lines, *(["", *self.notes] if self.notes else []), ""])

    def to_dict(self) -> dict[str, Any]:
        """Return the part as written to the JSON file."""
        return {"rows": [row.to_dict() for row in self.rows], "notes": self.notes, "failed": self.failed}


def shown(figure: Figure) -> str:
    """Return a number with a sensible number of digits.

    >>> shown(61314), shown(1234.5), shown(12.345), shown(0.5), shown(2.2e-16), shown(0.0), shown("all")
    ('61,314', '1,234', '12.3', '0.50', '2.2e-16', '0', 'all')
    """
    if isinstance(figure, str):
        return figure
    if isinstance(figure, int) or figure == 0.0 or abs(figure) >= 100.0:
        return f"{figure:,.0f}"
    if abs(figure) < 0.005:
        return f"{figure:.1e}"
    return f"{figure:.1f}" if abs(figure) >= 10.0 else f"{figure:.2f}"


def spread_us(nanoseconds: "np.typing.NDArray[np.int64]") -> dict[str, Figure]:
    """Return the median, 99 % quantile and maximum, in microseconds, of times in nanoseconds."""
    median, p99, longest = (float(value) / 1e3 for value in np.percentile(nanoseconds, [50.0, 99.0, 100.0]))
    return {"median_us": median, "p99_us": p99, "max_us": longest}


def timed(call: Callable[..., object], *arguments: Any) -> int:
    """Return the nanoseconds that one call takes."""
    clock = time.perf_counter_ns
    began = clock()
    call(*arguments)
    return clock() - began


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _goal(row: Row) -> str:
    return f"{row.goal}: {'met' if row.met else 'missed'}" if row.goal else ""
