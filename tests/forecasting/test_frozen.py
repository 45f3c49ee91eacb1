"""A frozen forecast is what it was, or it is refused."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from r2prisk import InputError, Profile, read_panel
from r2prisk.about import __version__
from r2prisk.catalogue.units import load_units
from r2prisk.forecasting import backtest, freeze, read_frozen, read_onsets, verify
from r2prisk.forecasting.frozen import content_hash
from r2prisk.forecasting.models import MeanForecaster, ScoreCalibrator
from r2prisk.forecasting.stamp import describe

UNITS = sorted(load_units())[:12]
YEARS = range(2000, 2011)
LINE = make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression())


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(2)
    index = [(unit, year) for unit in UNITS for year in YEARS]
    frame = pd.DataFrame(index, columns=["unit", "year"])
    frame["1.1"] = rng.random(len(frame))
    table = frame[["unit", "year"]].assign(onset=(frame["1.1"] > 0.8).astype(int))
    panel = read_panel(frame[frame["year"] < 2010])
    known = read_onsets(table[table["year"] < 2010])
    ahead = backtest(panel, known, {"line": LINE}, first=2010, last=2010, progress=False,
                     jobs=1)  # fmt: skip
    return ahead, read_onsets(table)


@pytest.fixture
def path(made, tmp_path):
    file = tmp_path / "2010.json"
    freeze(made[0], file, made="2009-12-30")
    return file


def test_it_comes_back_as_it_was(made, path):
    ahead, _ = made
    frozen = read_frozen(path)
    assert frozen.frame["probability"].tolist() == ahead.frame["probability"].tolist()
    assert frozen.frame["unit"].tolist() == ahead.frame["unit"].tolist()
    content = frozen.content
    assert content["model"]["name"] == "line"
    assert content["model"]["parameters"]["logisticregression__C"] == 1.0
    assert content["model"]["profile"]["name"] == "default"
    assert content["provenance"]["panel"]["hash"] == ahead.provenance["panel"]["hash"]
    assert (content["made"], content["horizon"], content["target"]) == ("2009-12-30", 1, "2010")
    assert content["ratings_to"] == "2009"
    assert "Ratings to 2009, onsets known to 2009\n" in repr(frozen)
    assert f"made 2009-12-30 with r2prisk {__version__}: 12 units" in repr(frozen)
    assert frozen.version == __version__


def test_anybody_can_check_the_hash_without_this_library(path):
    content = json.loads(path.read_text())
    told = content.pop("hash")
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == told


def test_it_is_scored_when_the_outcome_is_known(made, path):
    ahead, onsets = made
    found = verify(read_frozen(path), onsets=onsets)
    plain = verify(ahead, onsets=onsets)
    pd.testing.assert_frame_equal(found.figures, plain.figures)
    assert found.rows.loc["all", "rows"] == 12
    with pytest.raises(InputError, match="give the onsets"):
        verify(read_frozen(path))


@pytest.mark.parametrize("key", ["made", "climatology", "horizon", "forecasts"])
def test_a_changed_one_is_refused(path, key):
    content = json.loads(path.read_text())
    changes = {"made": "2009-12-29", "climatology": 0.5, "horizon": 2}
    if key == "forecasts":
        content["forecasts"][0]["probability"] += 1e-12
    else:
        content[key] = changes[key]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="was changed after it was frozen"):
        read_frozen(path)


def test_one_made_when_the_outcome_had_begun_is_refused(made, path, tmp_path):
    for day in ("2010-01-01", "2010-06-30", None):  # None: today
        with pytest.raises(InputError, match="it is no forecast"):
            freeze(made[0], tmp_path / "late.json", made=day)
    assert not (tmp_path / "late.json").exists()
    content = json.loads(path.read_text()) | {"made": "2010-01-01"}
    path.write_text(json.dumps({**content, "hash": content_hash(content)}))
    with pytest.raises(InputError, match="was made on 2010-01-01"):
        read_frozen(path)


def test_the_model_of_the_library_tells_the_profile_and_the_parts_of_a_mean():
    models = {"mean": MeanForecaster(models=[ScoreCalibrator(column="standing")])}
    told = describe(models, 1)["models"]["mean"]
    assert told["profile"]["hash"] == Profile.load("default").hash
    assert told["parameters"]["models"][0]["column"] == "standing"
    line = describe({"line": LINE}, 1)["models"]["line"]["parameters"]
    assert line["logisticregression"] == "sklearn.linear_model._logistic.LogisticRegression"


FORGED = {
    "chance": (lambda c: c["forecasts"][0].update(probability=1.5), "1.5 is not a chance"),
    "text": (lambda c: c["forecasts"][0].update(probability="0.5"), "'0.5' is not a chance"),
    "inf": (lambda c: c["forecasts"][0].update(probability=float("1e999")), "not a chance"),
    "unit": (lambda c: c["forecasts"][0].update(unit="../x"), "is not an ISO 3166"),
    "twice": (lambda c: c["forecasts"].append(c["forecasts"][0]), "stands twice"),
    "row": (lambda c: c["forecasts"].append(7), "number 12 is not a unit"),
    "ongoing": (lambda c: c["forecasts"][0].update(ongoing="yes"), "not true, false or null"),
    "none": (lambda c: c["forecasts"].clear(), "forecasts: are none"),
    "horizon": (lambda c: c.update(horizon=3), "3 is not 1 or 2"),
    "yes": (lambda c: c.update(horizon=True), "needs int, found bool"),
    "target": (lambda c: c.update(target="2012"), "2009 is not the period before 2012"),
    "day": (lambda c: c.update(made="soon"), "'soon' is not a day"),
    "early": (lambda c: c.update(made="1999-12-30"), "was made on 1999-12-30, before 2009-01-01"),
    "climatology": (lambda c: c.update(climatology=2.0), "2.0 is not from 0 to 1"),
    "name": (lambda c: c["model"].update(name="\x1b[2J"), "is no name"),
    "known": (lambda c: c["provenance"]["onsets"].update(known="2010"), "knows onsets until 2010"),
    "version": (lambda c: c["provenance"].pop("r2prisk"), "the version of r2prisk"),
    "ratings": (lambda c: c.update(ratings_to="2010"), "2010 lies after the origin, 2009"),
    "key": (lambda c: c.pop("origin"), "lacks origin"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_one_with_a_right_hash_is_refused(path, name):
    forge, told = FORGED[name]
    content = json.loads(path.read_text())
    forge(content)
    path.write_text(json.dumps({**content, "hash": content_hash(content)}))
    if name == "inf":
        path.write_text(path.read_text().replace("Infinity", "1e999"))
    with pytest.raises(InputError, match=told):
        read_frozen(path)


def test_all_faults_are_named_at_once_and_one_in_memory_is_checked_too(path):
    content = json.loads(path.read_text()) | {"horizon": 3, "climatology": -1.0, "made": "soon"}
    path.write_text(json.dumps(content))
    with pytest.raises(InputError) as caught:
        read_frozen(path)
    assert len(caught.value.problems) == 4  # and the hash


def test_what_a_reader_would_see_is_what_the_hash_holds(path):
    text = path.read_text()
    path.write_text(text.replace('"horizon": 1,', '"horizon": 2, "horizon": 1,'))
    with pytest.raises(InputError, match="'horizon' stands twice"):
        read_frozen(path)
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="nested too deeply"):
        read_frozen(path)


def test_half_an_outcome_is_no_forecast(made, tmp_path):
    ahead, onsets = made
    # two years ahead of 2009: 2010 is known, 2011 is not, and no outcome is known as a whole
    rng = np.random.default_rng(2)
    frame = pd.DataFrame([(u, y) for u in UNITS for y in YEARS], columns=["unit", "year"])
    panel = read_panel(frame.assign(**{"1.1": rng.random(len(frame))}))
    half = backtest(panel, onsets, LINE, first=2010, last=2010, horizon=2, jobs=1)
    assert half.frame["outcome"].isna().all()
    with pytest.raises(InputError, match="knows onsets until 2010"):
        freeze(half, tmp_path / "x.json", made="2009-12-30")
    for day, told in (("2009-12-301", "is not a day"), ("2008-12-31", "before 2009-01-01")):
        with pytest.raises(InputError, match=told):
            freeze(ahead, tmp_path / "x.json", made=day)


def test_what_cannot_be_frozen(made, path, tmp_path):
    ahead, onsets = made
    with pytest.raises(InputError, match="is there already"):
        freeze(ahead, path, made="2009-12-30")
    rng = np.random.default_rng(2)
    frame = pd.DataFrame([(u, y) for u in UNITS for y in YEARS], columns=["unit", "year"])
    panel = read_panel(frame.assign(**{"1.1": rng.random(len(frame))}))
    models = {"a": LINE, "b": LINE}
    known = backtest(panel, onsets, models, first=2009, last=2010, progress=False, jobs=1)
    with pytest.raises(InputError) as caught:
        freeze(known, tmp_path / "x.csv", made="soon")
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other"}', '{"a": NaN}'])
def test_what_is_no_frozen_forecast(tmp_path, text):
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(InputError):
        read_frozen(file)
