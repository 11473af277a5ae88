"""``python -m common.deadletters``: look at dead letters, and put mended ones back where they came from."""

from common import cli


def main() -> None:
    """Parse the command line and do what it asks for."""
    # What takes long to import is imported where Ctrl-C is heard already.
    from common.deadletters import command

    command.main()


if __name__ == "__main__":
    cli.run("dead-letters", main)
