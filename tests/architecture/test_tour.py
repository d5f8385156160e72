"""The path of an event, as the package's docstring draws it, is the path in the tree."""

from tests.architecture.source import SOURCE, STAGES
from tests.architecture.tour import steps, tour, written_files


def test_every_step_that_is_drawn_is_a_file():
    built = [step for step in steps() if (SOURCE / step.partition("/")[0]).is_dir() and "<" not in step]
    assert not [step for step in built if not (SOURCE / f"{step}.py").is_file()]


def test_the_path_runs_through_every_stage():
    assert {step.partition("/")[0] for step in steps()} == set(STAGES)


def test_the_tour_shows_every_file_of_every_stage():
    shown = "\n".join(tour())
    files = [path for stage in STAGES for path in written_files(stage)]
    assert not [path for path in files if path.relative_to(SOURCE).as_posix().partition("/")[2] not in shown]
