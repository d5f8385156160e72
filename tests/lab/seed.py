"""Make a workspace with destinations that need no proof, in a process of its own: ``python -m tests.lab.seed <owner>``.

Standard input has the pairs of channel and settings as JSON. Prints the key, and the ids of workspace and destinations.
"""

import json
import sys
from importlib import import_module

from pingpilot.cli.tables import prepare


def main() -> None:
    """Make it; the settings of the instance are those of the environment."""
    prepare(is_for_help=False)
    install = import_module("tests.lab.installing").install  # needs the tables, so it can be imported only now
    print(json.dumps(install(sys.argv[1], json.load(sys.stdin))))


if __name__ == "__main__":
    main()
