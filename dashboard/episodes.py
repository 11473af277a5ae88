"""Groups alerts by episode, so that a burst of hundreds is one row and one mark."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from common.anomaly import SEVERITIES, Anomaly


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of one episode.

    Attributes
    ----------
    gravest : Anomaly
        The alert with the highest severity, then the highest `once_in`; among equals, the earliest.
    alerts : int
        How many of its alerts are shown. The episode's own count includes those that a filter hides.
    """

    gravest: Anomaly
    alerts: int


def by_episode(anomalies: Iterable[Anomaly]) -> list[Shown]:
    """Return each episode once, at the position of its gravest alert.

    Parameters
    ----------
    anomalies : iterable of Anomaly
        Newest first.
    """
    episodes: dict[tuple[str, str], list[tuple[int, Anomaly]]] = defaultdict(list)
    for place, anomaly in enumerate(anomalies):
        episodes[anomaly.trade.symbol, anomaly.episode.episode_id].append((place, anomaly))
    gravest = [(max(alerts, key=_gravity), alerts) for alerts in episodes.values()]
    gravest.sort(key=lambda each: each[0][0])
    return [Shown(worst, len(alerts)) for (_, worst), alerts in gravest]


def _gravity(placed: tuple[int, Anomaly]) -> tuple[int, float, int]:
    place, anomaly = placed
    return SEVERITIES.index(anomaly.severity), anomaly.once_in, place
