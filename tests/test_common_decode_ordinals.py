"""Ordinals among identical prints: the same however a file is divided into batches."""

import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from common.decode import merged, open_file
from common.decode.ordinals import Ordinals
from tests import dbn


def ordinals(sequence: NDArray[np.int64], batch: int) -> list[int]:
    """Return the ordinals of prints that differ in their sequence alone."""
    counted, found = Ordinals(), []
    for begin in range(0, len(sequence), batch):
        part = sequence[begin : begin + batch]
        same = np.zeros(len(part), dtype=np.int64)
        found += counted.of(same, same, same, part).tolist()
    return found


def test_the_size_of_batches_makes_no_difference() -> None:
    dice = random.Random(1)
    sequence = np.arange(300_000)
    for _ in range(2_000):
        sequence[dice.randrange(1, 300_000)] = sequence[dice.randrange(1, 300_000)]

    once = ordinals(sequence, 300_000)

    assert max(once) > 1
    assert all(ordinals(sequence, batch) == once for batch in (700, 1_365, 65_536, 87_381))


@pytest.mark.parametrize(("apart", "ordinal"), [(1, 1), (65_535, 1), (65_536, 1), (131_072, 0)])
def test_identical_prints_far_apart_are_one_print(apart: int, ordinal: int) -> None:
    sequence = np.arange(200_000)
    sequence[apart] = sequence[0]

    assert ordinals(sequence, 87_381)[apart] == ordinal


def test_a_copy_far_behind_has_the_same_id_with_and_without_neighbours(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn", [*dbn.trades(20_000), dbn.trade(10)])
    neighbours = [dbn.write(tmp_path / f"{number}.dbn", [dbn.trade(number)]) for number in range(600)]

    alone = [trade.trade_id for batch in open_file(path).batches() for trade in batch.trades()]
    files = [open_file(path), *map(open_file, neighbours)]
    beside = [trade.trade_id for batch in merged(files) for trade in batch.trades()]

    assert alone[-1] == f"{alone[10][:-1]}1"
    assert set(beside) == set(alone)
