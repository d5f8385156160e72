"""Completion in shells: by click, and without touching the database."""

import shutil
import subprocess

import pytest

from tests.servers.process import COMMAND, run_to_end


def completed(launch, folder, *words):
    environ = {"_PINGPILOT_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    done = run_to_end(launch, [], {**environ, "PINGPILOT_DATA_DIR": str(folder / "data")}, folder)
    assert done.returncode == 0, done.stderr
    return {line.partition(",")[2] for line in done.stdout.splitlines()}


def test_commands_options_and_choices_are_completed_and_nothing_is_touched(launch, tmp_path):
    assert completed(launch, tmp_path, "pingpilot", "se") == {"secret", "send", "serve", "services"}
    assert completed(launch, tmp_path, "pingpilot", "send", "--sev") == {"--severity"}
    assert completed(launch, tmp_path, "pingpilot", "send", "--severity", "w") == {"warning"}
    assert completed(launch, tmp_path, "pingpilot", "categories", "") == {"create", "list"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(launch, tmp_path, shell):
    done = run_to_end(launch, ["completion", shell], {}, tmp_path)
    assert f"_PINGPILOT_COMPLETE={shell}_complete" in done.stdout


def test_bash_takes_the_script():
    bash = shutil.which("bash")
    assert bash is not None
    made = subprocess.run([*COMMAND, "completion", "bash"], capture_output=True, text=True, check=True, timeout=60)
    script = f"{made.stdout}\ncomplete -p pingpilot"
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert "pingpilot" in done.stdout
