"""The package as it is published: small, typed, without dependencies, and nothing of the server in it."""

import ast
import subprocess
import sys
import zipfile
from email import message_from_string

import pytest

from tests.architecture.source import ROOT

PROJECT = ROOT / "clients" / "python"
SOURCE = PROJECT / "src" / "pingpilot_client"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, timeout=120)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_is_typed_and_needs_nothing(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        (metadata,) = (message_from_string(file.read(name).decode()) for name in names if name.endswith("METADATA"))
    assert "pingpilot_client/py.typed" in names
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {"pingpilot_client"}
    assert metadata["Name"] == "pingpilot-client"
    assert metadata.get_all("Requires-Dist") is None
    assert "Client" in metadata.get_payload()


def test_it_runs_from_the_wheel_alone(wheel):
    code = "import pingpilot_client as p; assert p.__file__.split('/')[-3].endswith('.whl'); p.Client('pp_key')"
    subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(wheel)!r}); {code}"], check=True)


@pytest.mark.parametrize("path", sorted(SOURCE.glob("*.py")), ids=lambda path: path.name)
def test_it_stands_on_the_standard_library_alone(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        roots = {name.partition(".")[0] for name in names}
        assert roots <= {"pingpilot_client"} | set(sys.stdlib_module_names)
