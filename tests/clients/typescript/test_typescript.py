"""The TypeScript client: its own tests by Node's, Deno's and Bun's runner against a real server, and what is built."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import CLIENTS
from tests.clients.node import find_node
from tests.servers.service import Service, Workspace

FOLDER = CLIENTS / "typescript"
RUNTIMES = CLIENTS.parent / "tests" / "clients" / "runtimes" / "node_modules"
DENO = [str(RUNTIMES / "deno" / "deno"), "test", "--allow-env", "--allow-net=127.0.0.1", "--no-lock"]
BUN = [str(RUNTIMES / "bun" / "bin" / "bun.exe"), "test"]
PASSED = re.compile(r"^(?:\S pass (\d+)$|ok \| (\d+) passed|\s*(\d+) pass$)", re.MULTILINE)
"""As Node, Deno and Bun close."""
COMPILER = FOLDER / "node_modules" / "typescript" / "bin" / "tsc"


@dataclass(frozen=True)
class Node:
    """Runs Node in the folder of the client, with a workspace that has the category ``sale``."""

    path: str
    service: Service
    workspace: Workspace

    def run(self, *arguments: str) -> str:
        return self.run_by([self.path, *arguments])

    def run_by(self, command: Sequence[str]) -> str:
        """Run a command with address and key; return all that it says."""
        key = {"PINGPILOT_URL": self.service.url, "PINGPILOT_API_KEY": self.workspace.key}
        environ = {"PATH": os.environ["PATH"], **key}
        done = subprocess.run(
            command, cwd=FOLDER, env=environ, capture_output=True, text=True, timeout=150, check=False
        )
        assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def node(shared_service):
    path = find_node()
    workspace = shared_service.workspace("typescript@example.com")
    shared_service.category(workspace)
    return Node(path, shared_service, workspace)


@pytest.mark.parametrize("file", sorted((FOLDER / "test").glob("*.test.js")), ids=lambda path: path.name)
def test_its_own_tests_pass(node, file):
    said = node.run("--test", str(file))
    passed = re.search(r"^\S pass (\d+)$", said, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) >= 10
    assert re.search(r"^\S (fail|skipped) [1-9]", said, re.MULTILINE) is None


@pytest.mark.parametrize("file", sorted((FOLDER / "test").glob("*.test.js")), ids=lambda path: path.name)
@pytest.mark.parametrize("command", [DENO, BUN], ids=["Deno", "Bun"])
def test_they_pass_elsewhere(node, command, file):
    if not Path(command[0]).exists():
        pytest.skip("neither Deno nor Bun: npm ci in tests/clients/runtimes")
    said = re.sub(r"\x1b\[[0-9;]*m", "", node.run_by([*command, str(file)]))
    passed = PASSED.search(said)
    assert passed is not None, said
    assert sum(int(count) for count in passed.groups() if count) >= 10


def test_what_the_readme_shows_runs(node):
    node.service.category(node.workspace, "payment")
    blocks = re.findall(r"```js\n(.*?)```", (FOLDER / "README.md").read_text("utf-8"), re.DOTALL)
    said = node.run("--input-type=module", "--eval", "\n".join(blocks))
    assert 'You dont have a category named "no such"' not in said  # that one is found before it is sent
    assert "letters, numbers or hypens" in said
    assert "plan: 'UNLIMITED'" in said


def test_what_is_built_is_built_from_this_source():
    stamp = json.loads((FOLDER / "lib" / "built.json").read_text("utf-8"))
    assert stamp == {"source": digest("src"), "built": digest("lib")}, "run `npm ci` and `npm run build`"


def test_the_compiler_says_the_same_where_it_is_installed(tmp_path):
    if not COMPILER.exists():
        pytest.skip("no TypeScript: npm ci in clients/typescript (the stamp in lib/ is looked at all the same)")
    command = [find_node(), str(COMPILER), "--outDir", str(tmp_path)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout
    built = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_text("utf-8") for path in built_files()}, "run `npm run build`"


def built_files() -> list[Path]:
    return [path for path in sorted((FOLDER / "lib").iterdir()) if path.name != "built.json"]


def digest(folder: str) -> str:
    """Return the digest of a folder as `stamp.js` makes it; `make docs` writes the shapes of the API, both ways."""
    found = hashlib.sha256()
    for path in sorted((FOLDER / folder).iterdir()):
        if path.name != "built.json" and not path.name.startswith("api."):
            found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def test_what_is_published_names_no_host_and_needs_nothing():
    lock = (FOLDER / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert '"dependencies"' not in (FOLDER / "package.json").read_text("utf-8")
