"""What the suite shares: a full run fails where a bare one skips."""

import os
import runpy
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize=True)  # the same cases every time
settings.load_profile("suite")

DATA = Path(os.environ.get("R2PRISK_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Public datasets as published; they are not part of the project."""
    if not DATA.is_dir():
        pytest.skip("the folder of public datasets is not here (set R2PRISK_DATA)")
    return DATA


@pytest.fixture
def needs_extra():
    """Skip where an extra is not installed, unless this run says that all of them are."""

    def need(module: str) -> None:
        if os.environ.get("R2PRISK_EXTRAS") == "all":
            __import__(module)
        else:
            pytest.importorskip(module, reason=f"the extra that brings {module} is not installed")

    return need


@pytest.fixture(scope="session")
def world(data_folder):
    """The scores of the world from the public files, made once for all tests that look at them."""
    pytest.importorskip("pyarrow", reason="two of the files are Parquet")
    from r2prisk import score

    skill = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "skill.py"))
    return score(skill["world"](data_folder))
