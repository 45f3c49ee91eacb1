"""``r2prisk match``: needs and ladder of one country, and offers matched to many."""

import shutil

import pandas as pd
import pytest

from r2prisk.about import CAUTION
from r2prisk.catalogue.where import data_file
from r2prisk.prevention.assistance.ladder import load_measures
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.scoring import Profile


@pytest.fixture(scope="module")
def world(call, tmp_path_factory):
    """The synthetic world, scored once, with offers; nothing in it is changed by a test."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(data_file("demo", "synthetic_world.csv"), folder)
    done = call(folder, ("score", "synthetic_world.csv", "-o", "scores.csv"))
    assert done.code == 0, done.err
    rows = [("Aland", tool.key, 2, "XDB") for tool in load_assistance().tools]
    rows += [("=Borland", "mediation", 1, "XDA;XDC;KEN")]
    offers = pd.DataFrame(rows, columns=["partner", "tool", "capacity", "countries"])
    offers.to_csv(folder / "offers.csv", index=False)
    return folder


def test_one_country_and_only_findings_list_pillar_iii(call, world):
    score_alone = call(world, ("match", "scores.csv", "--unit", "xdb"))
    out = score_alone.out
    assert score_alone.code == 0, score_alone.err
    assert out.startswith("Belmora (synthetic) (XDB), 20")
    assert "what one step takes off residual risk" in out
    assert "Ladder of responses: Belmora" in out
    assert "trend unknown" not in out  # the file has years enough
    assert out.count(CAUTION) == 1
    assert max(map(len, out.splitlines())) <= 100
    found = "Commission of inquiry, March 2024"
    named = call(world, ("match", "scores.csv", "--unit", "XDB", "--finding", found))
    said = [" ".join(done.out.split()) for done in (score_alone, named)]
    for title in (m.title for m in load_measures().measures if m.pillar == "III"):
        assert [f"{title}: " in text for text in said] == [False, True]
    assert ["measures of Pillar III. None is listed" in text for text in said] == [True, False]
    assert [f"Findings named by the user: {found}" in text for text in said] == [False, True]
    assert all(load_measures().condition in text for text in said)
    refused = ("match", "scores.csv", "--offers", "offers.csv", "--finding", found)
    done = call(world, refused)
    assert (done.code, "--finding goes with the measures" in done.err) == (2, True)


def test_own_bands_have_needs_and_no_ladder(call, tmp_path):
    bands = [{"name": "calm", "from": 0.0}, {"name": "tense", "from": 0.3}]
    path = tmp_path / "own.toml"
    Profile.load("default").replace(name="own", bands=bands, missing={"band_coverage": 0.0}).save(
        path
    )
    cells = {"unit": "XDB", "year": 2020, "1.1": 0.5, "SGS6.1": 0.5}
    pd.DataFrame([cells]).to_csv(tmp_path / "one.csv", index=False)
    assert call(tmp_path, ("score", "one.csv", "--profile", "own.toml", "-o", "own.csv")).code == 0
    done = call(tmp_path, ("match", "own.csv", "--unit", "XDB", "--profile", "own.toml"))
    assert done.code == 0, done.err
    assert "what one step takes off residual risk" in done.out
    assert "No ladder of responses" in done.out
    assert done.out.count(CAUTION) == 1
    assert max(map(len, done.out.splitlines())) <= 100


def test_every_country_that_is_not_there_is_told(call, world):
    args = ("match", "scores.csv", "--offers", "offers.csv", "--unit", "QQA", "--unit", "QQB")
    done = call(world, args)
    assert (done.code, "'QQA'" in done.err, "'QQB'" in done.err) == (2, True, True)


def test_offers_for_all_that_they_name_and_again(call, world):
    done = call(world, ("match", "scores.csv", "--offers", "offers.csv", "-o", "match.csv"))
    assert done.code == 0, done.err
    assert "Not matched, for want of scores: KEN." in done.out
    assert "A matching is a proposal" in " ".join(done.out.split())
    frame = pd.read_csv(world / "match.csv", keep_default_na=False)
    assert set(frame["unit"]) == {"XDA", "XDB", "XDC"}
    assert len(frame) == 3 * (len(load_assistance().tools) + 1)
    assert frame["offer"].str.startswith("'=Borland").any()
    made = frame[frame["matched"] == "yes"]
    assert 0 < made.groupby("unit").size().max() <= load_assistance().absorb
    assert (frame.loc[frame["matched"] == "no", "reason"] != "").all()
    again = call(
        world, ("match", "scores.csv", "--offers", "offers.csv", "--previous", "match.csv")
    )
    assert " ".join(again.out.split()).count("kept from before") == len(made)
    fewer = ("match", "scores.csv", "--offers", "offers.csv", "--unit", "XDB", "--absorb", "1")
    one = call(world, (*fewer, "--within", "12"))
    assert one.code == 0, one.err
    assert one.out.count("  + ") == 1
    assert "too late" in one.out


def test_the_form_and_what_is_refused(call, world, tmp_path):
    path = str(tmp_path / "new.csv")
    assert call(world, ("match", "--new-offers", path)).code == 0
    again = call(world, ("match", "--new-offers", path))
    assert (again.code, "never replaced" in again.err) == (2, True)
    only = call(world, ("match", "scores.csv", "--offers", path, "--unit", "XDB"))
    assert (only.code, "no offers but the examples" in only.err) == (2, True)
    bare = call(world, ("match", "--within", "3"))
    assert bare.code == 2
    assert "name a file of scores" in bare.err
    assert "--within needs --offers" in bare.err
    clash = call(world, ("match", "scores.csv", "--offers", "offers.csv", "-o", "offers.csv"))
    assert (clash.code, "would replace offers.csv" in clash.err) == (2, True)
    nobody = tmp_path / "nobody.csv"
    nobody.write_text("partner,tool,capacity\nA,women,1\n")
    lost = call(world, ("match", "scores.csv", "--offers", str(nobody)))
    assert (lost.code, "name some with --unit" in lost.err) == (2, True)
