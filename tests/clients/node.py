"""Node, where it is on this machine."""

import shutil
import subprocess

from tests.parts import require

NODE_LEAST = 18


def find_node() -> str:
    """Return the path of Node, recent enough; skip or fail where there is none."""
    path = shutil.which("node")
    require(path is not None, "no Node: apt install nodejs")
    assert path is not None
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    require(int(version.lstrip("v").partition(".")[0]) >= NODE_LEAST, f"Node is older than {NODE_LEAST}")
    return path
