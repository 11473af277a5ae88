"""Builds the engine that the settings describe."""

from common.settings import load
from detector.budget import Budget
from detector.engine import Engine
from detector.settings import AlertSettings


def load_engine(budget_option: str = "--budget", **overrides: object) -> Engine:
    """Read the settings and load the engine; options given by the user take precedence.

    Parameters
    ----------
    budget_option : str
        The option by which the user gave the budget, for error messages.
    **overrides
        As for `common.settings.load`.

    Raises
    ------
    SettingError, ModelError
        If a setting is wrong or the model cannot be used.
    """
    settings = load(AlertSettings, {"model_dir": "--model", "alerts_per_million": budget_option}, **overrides)
    budget = Budget(
        settings.alerts_per_million,
        settings.high_volume_per_million,
        settings.surprise_per_million,
        settings.isolation_forest_per_million,
        settings.high_volume_absolute,
    )
    return Engine.load(settings.model_dir, budget)
