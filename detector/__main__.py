"""``python -m detector``: run on the stream (default), train, backtest, explain."""

import argparse

from common import cli


def main() -> int | None:
    """Parse the command line and do what it asks for."""
    # These take long to import, so they are imported only once Ctrl-C is handled.
    from detector import backtest, compiling, explain, run, train

    parser = argparse.ArgumentParser(prog="python -m detector", description="Find anomalies in trades.")
    commands = parser.add_subparsers(metavar="COMMAND")
    for command in (run, backtest, explain, train):
        command.add_parser(commands)
    parser.set_defaults(handler=run.handler)
    arguments = parser.parse_args()
    with compiling.logged():
        result: int | None = arguments.handler(arguments)
    return result


if __name__ == "__main__":
    cli.run("detector", main)
