"""One complete run: `publish` to Kafka, or `count` without it."""

import logging
from typing import TextIO

from common import health
from common.decode import expand
from common.kafka import wait_for_broker
from common.settings import HealthSettings, KafkaSettings, TopicSettings, load
from producer.player import Player
from producer.playlist import Playlist
from producer.publisher import Publisher
from producer.report import Report
from producer.settings import ProducerSettings

logger = logging.getLogger(__name__)


def count(settings: ProducerSettings, *, salvage: bool, terminal: TextIO) -> Report:
    """Decode, check and count everything that would be published; return the counts.

    Raises
    ------
    InputError
        If a file cannot be played.
    """
    playlist = Playlist(expand(list(settings.paths)), settings, salvage=salvage)
    report = Report(playlist, "Counted", terminal)
    try:
        for batch in playlist.play(lambda _entry, _rejected: None):
            report.add(batch)
    finally:
        report.close()
    report.log_end()
    return report


def publish(settings: ProducerSettings, *, salvage: bool, restart: bool, terminal: TextIO) -> Report:
    """Publish everything not published before; return the counts.

    Raises
    ------
    InputError
        If a file cannot be played; without `salvage`, files are checked before anything is published.
    ReplacedError
        If another producer takes over the same files.
    """
    kafka, topics = load(KafkaSettings), load(TopicSettings)
    playlist = Playlist(expand(list(settings.paths)), settings, salvage=salvage)
    publisher = Publisher(kafka, topics, f"producer-{topics.trades_topic}-{playlist.name}", playlist.keys)
    health.serve(load(HealthSettings), lambda: publisher.waiting)
    report = Report(playlist, "Published", terminal)
    try:
        wait_for_broker(kafka, topics=(topics.trades_topic, topics.dead_letters_topic, topics.progress_topic))
        publisher.open()
        if not restart:
            playlist.resume(publisher.progress())
            _warn_of_versions(playlist, publisher)
        if playlist.unfinished() and not playlist.limit_reached:
            playlist.check(report.checking)
            unfinished = {entry.key: entry.progress for entry in playlist.unfinished()}
            playlist.resume(publisher.claim(unfinished, restart=restart))
            report.playing()
            Player(playlist, publisher, settings, report.add).play()
            report.close()
            report.log_end()
        elif playlist.unfinished():
            logger.info("Earlier runs have already reached the limit of trades. --restart plays from the beginning.")
        else:
            logger.info("Everything was played before; nothing is left to do. --restart plays from the beginning.")
    finally:
        report.close()
        publisher.close()
    return report


def _warn_of_versions(playlist: Playlist, publisher: Publisher) -> None:
    for entry in playlist.unfinished():
        if not entry.progress.trades and (published := publisher.published(entry.progress.file)):
            logger.warning(
                "Trades of a file with this name were published before, from other content or for other symbols or "
                "times; those that are in both are published twice. file=%s published=%d remedy=%r",
                entry.progress.file,
                published,
                "if the file has grown, play only what is new: --start",
            )
