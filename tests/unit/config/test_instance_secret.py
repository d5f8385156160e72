"""The secret that an instance makes for itself."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from pingpilot.config.instance_secret import instance_secret, is_private, prepare_data_dir
from pingpilot.domain.errors import ConfigurationError


def test_it_is_made_once_and_read_after(tmp_path):
    folder = tmp_path / "new" / "data"
    made = instance_secret(folder, None, os.urandom)
    assert len(made) == 32
    assert instance_secret(folder, None, os.urandom) == made
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert is_private(folder / "secret.key")
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_of_many_first_starts_all_get_the_same(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: instance_secret(tmp_path, None, os.urandom), range(32)))
    assert len(set(made)) == 1


def test_a_given_secret_is_taken_and_nothing_is_written(tmp_path):
    assert instance_secret(tmp_path, "given" * 8, os.urandom) == b"given" * 8
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "zz", "abcd", "ä"])
def test_a_damaged_secret_is_never_replaced(tmp_path, content):
    (tmp_path / "secret.key").write_text(content)
    with pytest.raises(ConfigurationError, match=r"is damaged\. Restore it"):
        instance_secret(tmp_path, None, os.urandom)
    assert (tmp_path / "secret.key").read_text() == content


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="PINGPILOT_DATA_DIR"):
        instance_secret(tmp_path / "file" / "data", None, os.urandom)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        prepare_data_dir(tmp_path / "file")


def test_a_secret_that_is_no_file_is_said(tmp_path):
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        instance_secret(tmp_path, None, os.urandom)
