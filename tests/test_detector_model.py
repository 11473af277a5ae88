"""The artefact: what is refused, and the forest's walk against scikit-learn."""

import resource
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from sklearn.ensemble import IsolationForest

from bench.quality import streams
from common.errors import ModelError, SettingError
from detector import model
from detector.catalog import NAMES
from detector.engine import Engine
from detector.grow import flatten
from detector.kernel import forest, layout, tails
from detector.training import Stream, train
from tests import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(model.SHIPPED, tmp_path / "model"))


def change_card(folder: Path, **fields: object) -> None:
    card = orjson.loads((folder / model.CARD_FILE).read_bytes())
    (folder / model.CARD_FILE).write_bytes(orjson.dumps(card | fields))


def test_walk_equals_scikit_learn_to_1e_12() -> None:
    generator = np.random.default_rng(3)
    train = generator.exponential(1.0, (5_000, 6)).astype(np.float32)
    rows = (generator.exponential(1.5, (20_000, 6)) * generator.choice([1, 10], (20_000, 1))).astype(np.float32)
    grown = IsolationForest(n_estimators=25, max_samples=1_024, random_state=5).fit(train)
    flat = flatten(grown)
    nodes, length = flat.nodes(), flat.normal_length()

    walked = np.array([forest.score(nodes, flat.roots, row, length) for row in rows])

    assert np.abs(walked + grown.score_samples(rows)).max() <= 1e-12


def test_shipped_model_has_a_card_that_says_what_it_is() -> None:
    card = model.load(model.SHIPPED).card
    assert card["features"] == list(NAMES)
    assert {"version", "seed", "scikit_learn", "numpy", "trees", "training_prints", "golden"} <= set(card)
    assert len(card["golden"]) >= 10


def test_a_model_is_replaced_whole(copy: Path) -> None:
    earlier = model.load(copy)
    later = replace(earlier, card=earlier.card | {"seed": 99})

    later.save(copy)

    assert model.load(copy).digest() == later.digest() != earlier.digest()
    assert sorted(path.name for path in copy.iterdir()) == sorted(path.name for path in model.SHIPPED.iterdir())


@pytest.mark.parametrize("name", [model.ARRAYS_FILE, model.CARD_FILE])
def test_a_full_disk_leaves_the_earlier_model_whole(copy: Path, name: str) -> None:
    earlier = model.load(copy)
    files = {path: path.read_bytes() for path in copy.iterdir()}
    later = replace(earlier, card=earlier.card | {"seed": 99})
    if name == model.CARD_FILE:
        later.card["note"] = "long" * len(files[copy / model.ARRAYS_FILE])

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = len(files[copy / model.ARRAYS_FILE]) + (100 if name == model.CARD_FILE else -100)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(SettingError, match=rf"{name}: cannot be written \(File too large"):
            later.save(copy)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert {path: path.read_bytes() for path in copy.iterdir()} == files


def test_hash_follows_the_content(copy: Path) -> None:
    before = model.load(copy).digest()
    assert before == model.load(model.SHIPPED).digest()
    change_card(copy, seed=99)
    assert model.load(copy).digest() != before


def test_golden_scores_that_do_not_reproduce_are_refused(copy: Path) -> None:
    golden = orjson.loads((copy / model.CARD_FILE).read_bytes())["golden"]
    golden[3]["score"] += 1e-6
    change_card(copy, golden=golden)
    with pytest.raises(ModelError, match="golden row 3"):
        Engine.load(copy)


def test_another_feature_version_is_refused(copy: Path) -> None:
    change_card(copy, feature_version=model.FEATURE_VERSION + 1)
    with pytest.raises(ModelError, match="train it anew"):
        Engine.load(copy)


def test_features_in_another_order_are_refused(copy: Path) -> None:
    change_card(copy, features=list(reversed(NAMES)))
    with pytest.raises(ModelError):
        Engine.load(copy)


@pytest.mark.parametrize("name", [model.CARD_FILE, model.ARRAYS_FILE])
def test_missing_and_damaged_files_are_refused_by_name(copy: Path, name: str) -> None:
    (copy / name).write_bytes(b"not a model")
    with pytest.raises(ModelError, match="not a model of this project"):
        Engine.load(copy)
    (copy / name).unlink()
    with pytest.raises(ModelError, match=name):
        Engine.load(copy)


Damage = Callable[[dict[str, Any], dict[str, Any]], object]
DAMAGES: dict[str, Damage] = {
    "not finite": lambda arrays, _card: arrays["tails"].__setitem__(3, np.nan),
    "rates are not positive": lambda arrays, _card: arrays["rates"].__setitem__(-1, 0.0),
    "rates do not fall": lambda arrays, _card: arrays["rates"].sort(),
    "other shapes": lambda arrays, _card: arrays.update(quantiles=arrays["quantiles"][:-1]),
    "another type": lambda arrays, _card: arrays.update(tails=arrays["tails"].astype(np.complex128)),
    "a tail has no level": lambda arrays, _card: arrays["tails"].__setitem__(tails.LEVEL, 0.0),
    "knots of a tail do not rise": lambda arrays, _card: arrays["tails"].__setitem__(1, -1.0),
    "has no rows": lambda arrays, _card: arrays["forest_rows"].__setitem__(5, 0),
    "margins do not rise": lambda arrays, _card: arrays["margins"].__imul__(-1.0),
    "not of one length": lambda arrays, _card: arrays.update(forest_rows=arrays["forest_rows"][:-1]),
    "has no first tree": lambda arrays, _card: arrays.update(forest_roots=arrays["forest_roots"][:0]),
    "an unknown feature": lambda arrays, _card: arrays["forest_feature"].__setitem__(0, 99),
    "is incomplete": lambda arrays, _card: arrays["forest_feature"].__setitem__(0, -1),
    "joint_factor": lambda _arrays, card: card.update(joint_factor=0),
    "'joint_factor'": lambda _arrays, card: card.pop("joint_factor"),
    "no golden rows": lambda _arrays, card: card.update(golden=[]),
    "'golden'": lambda _arrays, card: card.pop("golden"),
    "a text of 1 to 256": lambda _arrays, card: card.update(version=6),
    "text of 1 to 256 characters": lambda _arrays, card: card.update(version=""),
    "of 1 to 256 characters": lambda _arrays, card: card.update(version="1" * 257),
    "'version'": lambda _arrays, card: card.pop("version"),
    "not those that the card": lambda arrays, _card: arrays["quantiles"].__imul__(-1.0),
    "wrong number of features": lambda _arrays, card: card["golden"][0]["row"].pop(),
}


@pytest.mark.parametrize("named", DAMAGES)
def test_damage_is_named(copy: Path, named: str) -> None:
    with np.load(copy / model.ARRAYS_FILE) as file:
        arrays = {name: file[name] for name in file.files}
    card = orjson.loads((copy / model.CARD_FILE).read_bytes())
    DAMAGES[named](arrays, card)
    np.savez_compressed(copy / model.ARRAYS_FILE, **arrays)
    (copy / model.CARD_FILE).write_bytes(orjson.dumps(card))

    with pytest.raises(ModelError, match=f"{copy}.*damaged.*{named}"):
        Engine.load(copy)


def test_a_file_that_is_cut_is_refused(copy: Path) -> None:
    whole = (copy / model.ARRAYS_FILE).read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 1):
        (copy / model.ARRAYS_FILE).write_bytes(whole[:length])
        with pytest.raises(ModelError, match="not a model of this project"):
            Engine.load(copy)


def test_a_flipped_bit_is_refused_or_changes_nothing(copy: Path) -> None:
    whole, generator = (copy / model.ARRAYS_FILE).read_bytes(), np.random.default_rng(5)
    refused = 0
    for place in generator.integers(0, len(whole), 150).tolist():
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(generator.integers(0, 8))
        (copy / model.ARRAYS_FILE).write_bytes(flipped)
        try:
            assert model.load(copy).digest() == model.load(model.SHIPPED).digest()
        except ModelError:
            refused += 1

    assert refused > 140


def test_arrays_hold_no_pickle() -> None:
    with np.load(model.SHIPPED / model.ARRAYS_FILE, allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "if" for name in file.files)


@pytest.mark.parametrize("column", ["price", "size", "ts_event"])
def test_a_column_that_is_constant_can_be_trained_on(column: str) -> None:
    batch = streams.simulated(1)[4].batch()
    still = replace(batch, **{column: np.full_like(getattr(batch, column), getattr(batch, column)[0])})

    trained = train([Stream("still", (still,))], 1, "0", {"data": []})

    assert all(np.isfinite(array).all() for array in trained.arrays().values())
    assert (trained.margins[:, -1] > 0.0).all()
    assert np.isfinite(Engine(trained).margins).all()


def test_the_readme_speaks_of_the_shipped_model() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert f"model `{model.load(model.SHIPPED).tag().hash}`" in readme
    assert f"| state of a symbol | {layout.STATE_BYTES:,} bytes |" in readme
