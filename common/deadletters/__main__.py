"""``python -m common.deadletters``: inspect dead letters, and put corrected ones back onto their topics."""

from common import cli


def main() -> None:
    """Parse the command line and run the subcommand."""
    # Slow imports belong here, where Ctrl-C is already handled.
    from common.deadletters import command

    command.main()


if __name__ == "__main__":
    cli.run("dead-letters", main)
