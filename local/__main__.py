"""``python -m local up|down|status``: the embedded servers in the background."""

from common import cli
from local.machine import require_linux


def main() -> int:
    """Parse the command line and run the subcommand."""
    # Slow imports belong here, where Ctrl-C is already handled.
    from local import background

    return background.main()


if __name__ == "__main__":
    require_linux("local")
    cli.run("local", main)
