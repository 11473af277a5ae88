"""``python -m sink``: anomalies topic → Elasticsearch, until stopped."""

import argparse

from common import cli


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m sink",
        description="Write anomalies to Elasticsearch until stopped. Settings come from the environment: .env.example.",
        epilog="example: ELASTICSEARCH_URL=http://127.0.0.1:9200 python -m sink",
    )
    parser.parse_args()
    # Slow imports belong here, where Ctrl-C is already handled.
    from sink.run import run

    run()


if __name__ == "__main__":
    cli.run("sink", main)
