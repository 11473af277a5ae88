"""``python -m detector train``: files of ordinary trading in, a model and its card out."""

import argparse
import datetime as dt
import logging
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from common.batch import TradeBatch
from common.decode import distinct, expand
from common.errors import InputError
from common.output import folder, legible
from detector.files import add_files, play
from detector.training import Stream, train

logger = logging.getLogger(__name__)

_MOST_VERSION: Final = 64


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "train",
        help="train a model on files of ordinary trading",
        epilog="example: python -m detector train monday.trades.dbn.zst tuesday.trades.dbn.zst --output my-model",
    )
    add_files(parser)
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the model and its card")
    parser.add_argument(
        "--seed", type=_seed, default=1, metavar="N", help="the same files and seed give the same model (default: 1)"
    )
    parser.add_argument(
        "--version", type=_version, default="1.0.0", help="version that the card and anomalies name (default: 1.0.0)"
    )
    parser.set_defaults(handler=_train)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 4294967295")
    return int(text)


def _version(text: str) -> str:
    if not 0 < len(text) <= _MOST_VERSION or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is not a printable text of 1 to {_MOST_VERSION} characters")
    return text


def _train(arguments: argparse.Namespace) -> None:
    # An output that cannot be written is reported before the work, not after it.
    with folder(arguments.output):
        streams = read(arguments.paths, salvage=arguments.salvage)
        logger.info("Training. files=%d", len(streams))
        card = {"data": [described(stream) for stream in streams]}
        model = train(streams, arguments.seed, arguments.version, card)
        model.save(arguments.output)
    logger.info(
        "The model is written. folder=%s hash=%s prints=%d",
        arguments.output,
        model.digest(),
        model.card["training_prints"],
    )


def read(paths: list[Path], *, salvage: bool) -> list[Stream]:
    """Return the prints of each path as a separate stream; files of earlier paths, and copies, are left out.

    Raises
    ------
    InputError
        If a file cannot be read as trades, or a path holds no prints.
    """
    listed = [expand([path]) for path in paths]
    left = {file.resolve() for file in distinct(expand(list(chain.from_iterable(listed))))}
    streams = []
    for path, files in zip(paths, listed, strict=True):
        own = [file for file in files if file.resolve() in left]
        left.difference_update(file.resolve() for file in own)
        if own:
            # The name of the current folder, which "." lacks.
            name = path.absolute().name
            streams.append(Stream(name, tuple(play(own, salvage=salvage, title=f"Reading {name}"))))
    empty = [stream.name for stream in streams if not stream.batches]
    if empty:
        raise InputError(f"{', '.join(empty)}: there are no prints to train on")
    return streams


def described(stream: Stream) -> dict[str, Any]:
    """Return what the card says of a stream."""
    first, last = stream.batches[0], stream.batches[-1]
    return {
        "file": legible(stream.name),
        "symbols": sorted({name for batch in stream.batches for name in _symbols(batch)}),
        "prints": sum(len(batch) for batch in stream.batches),
        "first": _iso(int(first.ts_event[0])),
        "last": _iso(int(last.ts_event[-1])),
    }


def _symbols(batch: TradeBatch) -> list[str]:
    return [batch.symbols[index] for index in np.unique(batch.symbol)]


def _iso(ts: int) -> str:
    return dt.datetime.fromtimestamp(ts // 1_000_000_000, dt.UTC).isoformat()
