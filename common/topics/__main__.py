"""``python -m common.topics``: creates the topics that do not exist yet."""

import argparse
import logging

from common import cli

logger = logging.getLogger(__name__)


def main() -> None:
    """Wait for the broker, create the topics, and log which."""
    parser = argparse.ArgumentParser(prog="python -m common.topics", description="Create the topics that are missing.")
    parser.add_argument("--timeout", type=float, default=120, help="seconds to wait for the broker (default: 120)")
    arguments = parser.parse_args()
    # Slow imports belong here, where Ctrl-C is already handled.
    from common.kafka import wait_for_broker
    from common.settings import KafkaSettings, TopicSettings, load
    from common.topics.create import ensure_topics

    kafka, topics = load(KafkaSettings), load(TopicSettings)
    wait_for_broker(kafka, arguments.timeout)
    created = ensure_topics(kafka, topics)
    logger.info("Topics are ready. created=%s", ",".join(created) or "none")


if __name__ == "__main__":
    cli.run("topics", main)
