"""The wheel holds what it should, and scores far from the repository."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECK = """
import json, r2prisk
from r2prisk.catalogue.where import data_file
panel = r2prisk.read_panel(data_file("demo", "synthetic_world.csv"))
frame = r2prisk.score(panel).to_frame()
print(json.dumps({"rows": len(frame), "home": r2prisk.__file__, "version": r2prisk.__version__}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_whole_catalogue_and_is_small(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = ROOT / "data" / "indicators"
    wanted = {f"r2prisk/data/{p.relative_to(data)}" for p in data.rglob("*") if p.is_file()}
    assert wanted <= names
    assert "r2prisk/py.typed" in names
    assert not any("tests" in name or "notebooks" in name for name in names)
    assert wheel.stat().st_size < 2_000_000


def test_the_wheel_scores_in_a_clean_environment_far_from_here(wheel, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)  # it would put a checkout before the wheel
    home = tmp_path / "env"
    venv.create(home, with_pip=False)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # what the wheel depends on comes from this environment, without the network; the folder of
    # the new environment stands first, so r2prisk itself comes from the wheel
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    done = subprocess.run(
        [python, "-c", CHECK], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    about = json.loads(done.stdout)
    assert about["rows"] == 80
    assert Path(about["home"]).is_relative_to(home)
    command = [python, "-c", "from r2prisk.cli import main; main()", "demo", "-o", "scores.csv"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "Rwanda 1990-1994" in done.stdout
    assert (tmp_path / "scores.csv").exists()
