"""Scores that are made again from the ratings beside a file."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from r2prisk import InputError, Profile, read_panel, rescore, score
from r2prisk.scoring.write import provenance_path, ratings_path

FRAME = pd.DataFrame(
    {
        "unit": ["NOR", "SDN"],
        "year": [2003, 2003],
        "1.1": [0.1, 1 / 3],
        "9.2": ["not applicable", "failed"],
        "SGS2.1": [0.7, None],
    }
)


def kept(scores, path):
    """Write scores with their ratings beside them."""
    scores.write(path)
    scores.panel.write(ratings_path(path))
    return path


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet"])
def test_what_comes_back_is_what_was_scored(tmp_path, needs_extra, ending):
    for name in {"xlsx": ["xlsxwriter", "python_calamine"], "parquet": ["pyarrow"]}.get(ending, []):
        needs_extra(name)
    made = score(read_panel(FRAME))
    again = rescore(kept(made, tmp_path / f"scores.{ending}"))
    assert again.panel.hash == made.panel.hash
    assert again.provenance["call"] == made.provenance["call"]
    pd.testing.assert_frame_equal(again.to_frame(), made.to_frame(), check_exact=True)


def test_variances_come_back(tmp_path):
    panel = read_panel(FRAME)
    made = score(replace(panel, variance=np.where(np.isnan(panel.ratings), np.nan, 0.01)))
    again = rescore(kept(made, tmp_path / "scores.csv"))
    assert again.to_frame()["risk_sd"].tolist() == made.to_frame()["risk_sd"].tolist()


def test_the_profile_is_found_if_it_comes_with_r2prisk(tmp_path):
    made = score(read_panel(FRAME), profile="evidence")
    assert rescore(kept(made, tmp_path / "scores.csv")).profile.name == "evidence"


def test_a_profile_of_ones_own_is_asked_for(tmp_path):
    mine = Profile.load("default").replace(name="mine", exponents={"within": 3})
    path = kept(score(read_panel(FRAME), profile=mine), tmp_path / "scores.csv")
    assert rescore(path, profile=mine).profile.hash == mine.hash
    with pytest.raises(InputError, match=r"made with profile mine .*not one of this r2prisk.*file"):
        rescore(path)
    with pytest.raises(InputError, match=r"made with profile mine .*not default"):
        rescore(path, profile="default")


def test_a_framework_of_ones_own(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\ntitle = "Own"\nkind = "risk"\nissuer = "Me"\nedition = "1"\n'
        'citation = "Me 2020"\n[[factors]]\nid = "A"\ntitle = "A"\ndefinition = "A."\n'
        '[[factors.indicators]]\nid = "A.1"\nlabel = "a"\ndescription = "a."\ntempo = "dynamic"\n'
        'look_for = "a"\nrate_0 = "none"\nrate_1 = "all"\n'
    )
    frame = pd.DataFrame({"unit": ["SDN"], "year": [2003], "A.1": [0.9]})
    made = score(read_panel(frame, frameworks=[own]))
    path = kept(made, tmp_path / "scores.csv")
    assert rescore(path, frameworks=[own]).profile.hash == made.profile.hash


def test_other_ratings_are_refused(tmp_path):
    path = kept(score(read_panel(FRAME)), tmp_path / "scores.csv")
    read_panel(FRAME.assign(**{"1.1": 0.2})).write(ratings_path(path))
    with pytest.raises(
        InputError, match=r"scores.ratings.csv: holds other ratings than those.*--no-ratings"
    ):
        rescore(path)
    ratings_path(path).unlink()
    with pytest.raises(InputError, match=r"no ratings beside it .scores.ratings.csv."):
        rescore(path)


def test_other_scores_are_refused(tmp_path):
    path = kept(score(read_panel(FRAME)), tmp_path / "scores.csv")
    frame = pd.read_csv(path)
    frame.assign(risk=frame["risk"].where(frame["unit"] == "NOR", 0.5)).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"1 rows come out otherwise than they stand there"):
        rescore(path)
    frame[:1].to_csv(path, index=False)
    with pytest.raises(InputError, match=r"1 rows come out otherwise"):
        rescore(path)


def test_scores_without_provenance_are_refused(tmp_path):
    path = kept(score(read_panel(FRAME)), tmp_path / "scores.csv")
    told = provenance_path(path)
    about = json.loads(told.read_text())
    told.unlink()
    with pytest.raises(InputError, match="says nothing of what made it"):
        rescore(path)
    del about["panel_hash"]
    told.write_text(json.dumps(about))
    with pytest.raises(InputError, match="says nothing of what made it"):
        rescore(path)
