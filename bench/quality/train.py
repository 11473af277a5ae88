"""``python -m bench.quality.train`` (``make model``): trains the shipped model, and measures it for its card."""

import argparse
import datetime as dt
import logging
from pathlib import Path
from typing import Any, Final

from bench.quality import report, streams
from bench.quality.run import clean, injected, project
from bench.quality.tape import NS, Tape
from common import cli
from detector.engine import Engine
from detector.training import Stream, train

logger = logging.getLogger(__name__)

VERSION: Final = "11.0.0"
_SESSIONS: Final = 16
_SEED: Final = 1
_SPACING: Final = 1_000


def main() -> None:
    """Train on simulated sessions and files, measure on other simulated ones, and write the artefact."""
    parser = argparse.ArgumentParser(prog="make model", description="Train the shipped model and measure it.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="ordinary days, beside simulated sessions")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the model and its card")
    arguments = parser.parse_args()
    tapes = [*streams.from_files(arguments.files), *streams.training(_SESSIONS)]
    data = [_described(tape) for tape in tapes]
    model = train([Stream(tape.name, (tape.batch(),)) for tape in tapes], _SEED, VERSION, {"data": data})
    model.card["quality"] = _quality(Engine(model))
    model.save(arguments.output)
    logger.info("The model is written. folder=%s hash=%s", arguments.output, model.digest())


def _described(tape: Tape) -> dict[str, Any]:
    first, last = (dt.datetime.fromtimestamp(int(ts) // NS, dt.UTC).isoformat() for ts in tape.ts_event[[0, -1]])
    return {"stream": tape.name, "venue": tape.venue, "prints": len(tape), "first": first, "last": last}


def _quality(engine: Engine) -> dict[str, Any]:
    tapes = streams.simulated(_SEED)
    quiet = clean(project(engine), tapes)
    total = report.together(injected(project(engine), tapes, _SPACING))
    false_alarms = sum(row.episodes for row in quiet) * 1e6 / sum(row.prints for row in quiet)
    return {
        "measured_by": "make quality",
        "f1": round(total.f1, 3),
        "recall": round(total.recall, 3),
        "precision": round(total.precision, 3),
        "false_alarms_per_million_clean": round(false_alarms),
    }


if __name__ == "__main__":
    cli.run("model", main)
