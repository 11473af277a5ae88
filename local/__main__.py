"""``python -m local up|down|status``: the embedded servers in the background."""

from common import cli
from local.machine import require_linux


def main() -> int:
    """Parse the command line and do what it asks for."""
    # What takes long to import is imported where Ctrl-C is heard already.
    from local import background

    return background.main()


if __name__ == "__main__":
    require_linux("local")
    cli.run("local", main)
