"""The course of a unit, the plane of risk and resilience, small multiples: their numbers, words."""

import json
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from r2prisk.errors import InputError
from r2prisk.forecasting import read_onsets
from r2prisk.reporting import figures
from r2prisk.reporting.figures.course_chart import BOLD, TALL, _labelled, _spread
from r2prisk.reporting.figures.course_marks import listed_onsets
from r2prisk.reporting.figures.spots import place_names
from r2prisk.reporting.figures.timeline import REACH, runs, ticks
from r2prisk.scoring import Profile
from r2prisk.trajectories import project, regional, trajectories, turning_points

NAN = float("nan")
RISE = [0.30, 0.31, 0.29, 0.30, 0.31, 0.30, 0.42, 0.50, 0.51, 0.50]
FALL = [0.60, 0.60, 0.60, 0.56, 0.51, 0.46, 0.45, 0.45, 0.45, 0.45]


def followed(courses, *, first="2005", kind="Y", profile=None, **columns):
    """Return trajectories of units: each its risk, or its risk and resilience."""
    parts = []
    for unit, scores in courses.items():
        risk, resilience = scores if isinstance(scores, tuple) else (scores, None)
        periods = pd.period_range(first, periods=len(risk), freq=kind)
        index = pd.MultiIndex.from_product([[unit], periods], names=["unit", "period"])
        part = pd.DataFrame({"risk": risk}, index=index, dtype=float)
        if resilience is not None:
            part["resilience"] = resilience
        parts.append(part)
    frame = pd.concat(parts).assign(**columns)
    names = [n for n in ("risk", "residual_risk", "resilience", *columns) if n in frame]
    scores = [n for n in names if not n.endswith(("_low", "_high", "coverage"))]
    return trajectories(frame, of=scores, profile=profile)


def of_mark(figure, mark, score="risk"):
    data = figure.data
    return data[(data["mark"] == mark) & (data["score"] == score)].reset_index(drop=True)


def drawn(figure):
    """Return the texts of a picture, which must be sound, fit a page and warn of nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = figure.to_svg()
    root = ET.fromstring(svg)
    assert not any(node.tag.endswith("script") for node in root.iter())
    texts = [node.text or "" for node in root.iter() if node.tag.endswith("}text")]
    texts += [node.text or "" for node in root.iter() if node.tag.endswith("tspan")]
    told = [
        node.attrib.get(key, "") for node in root.iter() for key in ("d", "transform", "x", "y")
    ]
    for bad in ("NaN", "undefined", "null", "Infinity"):
        assert not any(bad in text for text in texts + told), bad
    assert float(root.attrib["width"]) <= 660
    return texts


def written(figure):
    """Return all that a picture is made of, but for its frame, as JSON."""
    return json.dumps(figure.draw(figure.data).to_dict(), ensure_ascii=False).replace('\\"', '"')


class TestTrajectory:
    def test_scores_and_levels_are_those_of_the_trajectories(self):
        found = followed({"XDA": (RISE, FALL)})
        figure = figures.trajectory(found, "XDA", of=["risk", "resilience"])
        for score, course in (("risk", RISE), ("resilience", FALL)):
            points, levels = of_mark(figure, "score", score), of_mark(figure, "level", score)
            assert points["value"].tolist() == course
            state = found[score].filtered
            half = 1.96 * np.sqrt(state.var_level[0])
            np.testing.assert_allclose(levels["value"], state.level[0])
            np.testing.assert_allclose(levels["high"] - levels["value"], half, rtol=1e-4)
            np.testing.assert_allclose(levels["value"] - levels["low"], half, rtol=1e-4)
        assert figure.data["panel"].tolist() == sorted(figure.data["panel"])
        assert set(of_mark(figure, "level")["text"][3:]) == {"stable", "escalating"}

    def test_a_level_says_how_often_it_holds_and_counts_the_scores_outside(self):
        found = followed({"XDA": [0.2] * 6 + [0.9, 0.9]})
        figure = figures.trajectory(found, "XDA", of="risk")
        points, levels = of_mark(figure, "score"), of_mark(figure, "level")
        outside = (points["value"] > levels["high"]) | (points["value"] < levels["low"])
        count = int(outside.sum())
        assert count >= 1
        assert f"{count} of 8 scores lie outside the range" in " ".join(figure.notes)
        assert "19 times in 20" in figure.subtitle
        calm = figures.trajectory(followed({"XDA": [0.2] * 8}), "XDA", of="risk")
        assert "outside" not in " ".join(calm.notes)

    def test_a_gap_stays_a_gap_and_says_why(self):
        risk = [0.2, 0.2, NAN, NAN, 0.3, 0.3]
        figure = figures.trajectory(followed({"SDN": risk}), "SDN", of="risk")
        gaps = of_mark(figure, "gap")
        assert gaps[["period", "last"]].astype(str).to_numpy().tolist() == [["2007", "2008"]]
        assert gaps["text"].tolist() == ["unknown: no score"]
        assert of_mark(figure, "level")["run"].tolist() == [0, 0, 1, 1]
        assert of_mark(figure, "level")["period"].astype(str).tolist() == [
            *("2005", "2006"),
            *("2009", "2010"),
        ]

    def test_too_little_rated_is_unknown_and_counted(self):
        found = followed({"SDN": [0.2, 0.2, 0.9]}, coverage=[0.5, 0.5, 0.1])
        figure = figures.trajectory(found, "SDN", of="risk")
        assert of_mark(figure, "gap")["text"].tolist() == ["unknown: less than 15% was rated"]
        assert of_mark(figure, "score")["value"].tolist() == [0.2, 0.2]
        assert "Unknown, for less than 15% was rated: 1 score of risk." in figure.notes
        assert of_mark(figure, "name")["text"].tolist() == ["Risk 0.20 (2006)"]

    def test_nothing_known_is_drawn_as_unknown(self, needs_extra):
        found = followed({"COK": [0.2, 0.2], "SDN": [0.2, 0.3]}, coverage=[0.1, 0.1, 0.5, 0.5])
        figure = figures.trajectory(found, "COK", of="risk", ahead=2)
        assert of_mark(figure, "score").empty
        assert of_mark(figure, "projection").empty
        assert "risk unknown throughout" in figure.alt
        assert "No projection of risk" in " ".join(figure.notes)
        assert of_mark(figure, "name")["text"].tolist() == ["Risk ?"]
        needs_extra("altair")
        assert '"told": "?  unknown: less than 15%' in written(figure)

    def test_what_a_score_could_be_stands_beside_it(self):
        found = followed({"SDN": [0.2, 0.3]}, risk_low=[0.1, 0.2], risk_high=[0.6, 0.9])
        figure = figures.trajectory(found, "SDN", of="risk")
        points = of_mark(figure, "score")
        assert points["low"].tolist() == [0.1, 0.2]
        assert points["high"].tolist() == [0.6, 0.9]
        assert points["tip"][1].startswith("2006: risk 0.30 (could be 0.20 to 0.90); level 0.30 (")
        assert "what risk could be" in figure.subtitle
        bare = figures.trajectory(followed({"SDN": [0.2, 0.3]}), "SDN", of="risk")
        assert "grey lines" not in bare.subtitle

    def test_turning_points_are_told_with_when_they_could_be_known(self):
        found = followed({"XDA": (RISE, FALL)})
        figure = figures.trajectory(found, "XDA", of=["risk", "resilience"])
        turn = of_mark(figure, "turn")
        (row,) = turning_points(found).to_dict("records")
        assert turn["period"].tolist() == [row["period"]]
        assert turn["last"].tolist() == [row["known"]]
        assert turn["text"].tolist() == ["up"]
        assert turn["value"].tolist() == [found["risk"].filtered.level[0, 6]]
        assert any("risk up 2011 (2012, >99%)" in note for note in figure.notes)

    def test_periods_that_were_rated_anew_are_marked(self):
        coverage = {"RF1": 0.3, "RF1_residual": 0.3, "RF1_coverage": [0.2, 0.2, 0.2, 0.9, 0.9]}
        found = followed({"SDN": [0.3, 0.3, 0.3, 0.5, 0.5]}, **coverage)
        assert found["risk"].rated_anew[0].tolist() == [False, False, False, True, False]
        figure = figures.trajectory(found, "SDN", of="risk")
        assert of_mark(figure, "rated anew")["period"].astype(str).tolist() == ["2008"]
        assert any(note.startswith("Rated anew (2008)") for note in figure.notes)

    def test_bands_are_those_of_the_profile_and_only_of_risk(self):
        profile = Profile.load("default")
        found = followed({"XDA": (RISE, FALL)}, residual_risk=0.2)
        figure = figures.trajectory(found, "XDA")
        bands = of_mark(figure, "band")
        assert bands["low"].tolist() == [band.start for band in profile.bands]
        assert bands["high"].tolist() == [band.start for band in profile.bands[1:]] + [1.0]
        assert of_mark(figure, "band", "resilience").empty
        assert of_mark(figure, "level", "residual_risk")["panel"].unique().tolist() == [0]
        alone = figures.trajectory(found, "XDA", of="residual_risk")
        assert len(of_mark(alone, "band", "residual_risk")) == len(profile.bands)

    def test_a_projection_is_the_one_of_the_trajectories(self):
        found = followed({"XDA": RISE})
        figure = figures.trajectory(found, "XDA", of="risk", ahead=3)
        fan = project(found, horizon=3, shares=(0.95,))
        ahead = of_mark(figure, "projection")
        assert ahead["value"].tolist() == fan["mean"].tolist()
        assert ahead["low"].tolist() == fan["low_95"].tolist()
        assert ahead["high"].tolist() == fan["high_95"].tolist()
        assert (ahead["high"] - ahead["low"]).is_monotonic_increasing
        assert ahead["period"].astype(str).tolist() == ["2015", "2016", "2017"]
        assert ahead["text"].unique().tolist() == ["19 in 20"]
        assert "not a forecast of crimes" in " ".join(figure.notes)

    def test_episodes_stand_where_they_were(self):
        found = followed({"SDN": RISE})
        table = pd.DataFrame(
            {"unit": ["SDN", "SDN", "SDN", "MLI"], "first": [1999, 2007, 2012, 2013]}
        ).assign(last=[2005, 2008, None, None])
        figure = figures.trajectory(found, "SDN", of="risk", onsets=table)
        shown = of_mark(figure, "episode")
        assert shown[["period", "last", "run"]].astype(str).to_numpy().tolist() == [
            ["2005", "2005", "0"],  # began before
            ["2007", "2008", "1"],
            ["2012", "2013", "1"],  # not over: to the last period known
        ]
        assert shown["text"].tolist() == [
            "1999\u20132005",
            "2007\u20132008",
            "2012, not over in 2013",
        ]
        known = of_mark(figure, "known")
        assert known[["period", "last"]].astype(str).to_numpy().tolist() == [["2005", "2013"]]
        other = figures.trajectory(followed({"GHA": RISE}), "GHA", of="risk", onsets=table)
        assert any("has none of GHA" in note for note in other.notes)
        given = figures.trajectory(found, "SDN", of="risk", onsets=read_onsets(table))
        pd.testing.assert_frame_equal(given.data, figure.data)

    def test_episodes_by_year_go_with_scores_by_month(self):
        periods = pd.period_range("2012-01", "2013-12", freq="M")
        table = pd.DataFrame({"unit": ["SDN"], "first": ["2012"], "last": ["2012"]})
        assert listed_onsets(table, periods).periods.freqstr == "Y-DEC"
        months = {"first": ["2012-03", "2013-02"], "last": ["2012-05", "2013-02"]}
        table = pd.DataFrame({"unit": ["SDN", "SDN"], **months})
        assert listed_onsets(table, periods).periods.freqstr == "M"
        found = followed({"SDN": [0.3] * 24}, first="2012-01", kind="M")
        figure = figures.trajectory(found, "SDN", of="risk", onsets=table)
        shown = of_mark(figure, "episode")[["period", "last"]].astype(str)
        assert shown.to_numpy().tolist() == [["2012-03", "2012-05"], ["2013-02", "2013-02"]]

    def test_every_fault_is_told_at_once(self):
        found = followed({"SDN": RISE})
        with pytest.raises(InputError) as error:
            figures.trajectory(found, "SND", of=["rsk"], ahead=9, language="de")
        told = " ".join(error.value.problems)
        assert len(error.value.problems) == 4
        for word in ("'SND'; did you mean 'SDN'?", "'rsk'", "ahead: 9", "'de'"):
            assert word in told
        with pytest.raises(InputError, match="names no score"):
            figures.trajectory(found, "SDN", of=())
        with pytest.raises(InputError, match="needs Trajectories, found DataFrame"):
            figures.trajectory(found.scores, "SDN")
        with pytest.raises(InputError, match="neither a column 'onset'"):
            figures.trajectory(found, "SDN", of="risk", onsets=pd.DataFrame({"unit": ["SDN"]}))

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", ("Risk 0.50", "very high", "19 in 20", "Episodes", "up")),
            ("fr", ("Risque 0,50", "très élevé", "19 sur 20", "Épisodes", "hausse")),
            ("es", ("Riesgo 0,50", "muy alto", "19 de 20", "Episodios", "al alza")),
        ],
    )
    def test_it_speaks_three_languages(self, needs_extra, language, words):
        found = followed({"SDN": (RISE, FALL)}, residual_risk=0.2)
        table = pd.DataFrame({"unit": ["SDN"], "first": [2010], "last": [2014]})
        figure = figures.trajectory(found, "SDN", onsets=table, ahead=2, language=language)
        assert all(figure.data["text"].str.startswith(word).any() for word in words)
        if language == "fr":  # what is drawn is written the same way in all
            needs_extra("altair"), needs_extra("vl_convert")
            texts = drawn(figure)
            assert {*words, "0,5", figure.title, "0"} <= {*texts}

    @pytest.mark.parametrize(("kind", "label"), [("M", "2012-01"), ("Q", "2012"), ("Y", "2020")])
    def test_it_draws_any_kind_of_period_and_a_single_row(self, needs_extra, kind, label):
        risk = [0.3] * 30 + [NAN] * 10 + [0.4] + [NAN] * 3 + [0.5]
        found = followed({"SDN": risk}, first="2010", kind=kind, risk_low=0.1, risk_high=0.8)
        figure = figures.trajectory(found, "SDN", of="risk")
        assert label in ticks(found.periods).values()
        assert of_mark(figure, "gap")["period"].tolist() == found.periods[[30, 41]].tolist()
        one = figures.trajectory(followed({"SDN": [0.3]}, kind=kind), "SDN", of="risk")
        assert " to " not in one.title
        assert of_mark(one, "name")["text"].tolist() == ["Risk 0.30"]
        if kind == "M":
            needs_extra("altair"), needs_extra("vl_convert")
            assert {"2005-01", "Risk 0.30"} <= {*drawn(one)}

    def test_names_of_bands_stay_in_their_bands_and_apart_from_those_of_scores(self):
        found = followed({"SDN": [0.47] * 3}, residual_risk=0.42)
        data = figures.trajectory(found, "SDN", of=["risk", "residual_risk"]).data
        limits = data[data["mark"] == "band"]
        room = []
        for places in ((0.47, 0.42), (0.62, 0.60), (0.3, 0.3), (0.02, 0.01), (1.0, 0.9)):
            data.loc[data["mark"] == "name", "value"] = places
            labels = _labelled(data)
            bands = labels[labels["mark"] == "band"]
            assert bands["text"].tolist() == limits["text"].tolist()
            assert (limits["low"].to_numpy() < bands["y"].to_numpy()).all()
            assert (bands["y"].to_numpy() < limits["high"].to_numpy()).all()
            room.append(int(labels["wide"].max()))
            # "Residual risk 0.42" and 10 pixels: one column, in which all stand apart
            assert room[-1] > 18 * BOLD + 10 or (np.diff(np.sort(labels["y"])) * TALL).min() > 12.9
        assert room[0] == int(18 * BOLD + 10)

    def test_the_range_of_residual_risk_is_told_and_not_drawn(self, needs_extra):
        found = followed({"SDN": RISE}, residual_risk=0.2)
        figure = figures.trajectory(found, "SDN", of=["risk", "residual_risk"], ahead=2)
        assert "Dashed: residual risk, its range not drawn." in figure.subtitle
        assert "Dashed: " not in figures.trajectory(found, "SDN", of="risk").subtitle
        assert of_mark(figure, "level", "residual_risk")["low"].notna().all()
        needs_extra("altair")
        whole = figure.draw(figure.data).to_dict()
        layers = whole["vconcat"][0]["layer"]
        named = [layer["data"]["name"] for layer in layers if layer["mark"]["type"] == "area"]
        areas = [json.loads(whole["datasets"][name]) for name in named]
        assert len(areas) == 2
        assert {row["score"] for rows in areas for row in rows} == {"risk"}

    def test_text_from_outside_stays_text(self, needs_extra):
        needs_extra("altair"), needs_extra("vl_convert")
        nasty = '<script>alert("1")</script>'
        found = followed({nasty: RISE}, **{"datum.x'];</text>": 0.3})
        figure = figures.trajectory(found, nasty, of="datum.x'];</text>")
        texts = drawn(figure)
        assert any(nasty in text for text in texts)
        assert any("atum.x'];" in text for text in texts)


class TestPlane:
    def test_places_are_the_levels_and_paths_begin_since(self):
        found = followed({"SDN": (RISE, FALL), "MLI": ([0.2] * 10, [0.8] * 10)})
        figure = figures.plane(found, "SDN", since=2010)
        mine = figure.data[figure.data["unit"] == "SDN"]
        assert mine["role"].tolist() == ["start", "path", "path", "path", "end"]
        assert mine["period"].astype(str).tolist() == ["2010", "2011", "2012", "2013", "2014"]
        assert mine["risk"].tolist() == found["risk"].filtered.level[1, 5:].tolist()
        assert (mine["risk_low"] < mine["risk"]).all()
        assert (mine["risk"] < mine["risk_high"]).all()
        other = figure.data[figure.data["unit"] == "MLI"]
        assert other[["role", "quadrant"]].to_numpy().tolist() == [["place", "resilient"]]
        assert "1 exposed (risk high, resilience low), 0 contained" in figure.alt

    def test_without_units_those_that_moved_most_and_the_highest_are_named(self):
        still = {u: ([0.1 * n] * 5, [0.5] * 5) for n, u in enumerate(("MLI", "NER", "TCD"), 1)}
        far = {"SDN": ([0.1, 0.2, 0.3, 0.4, 0.5], [0.5] * 5), "GHA": ([0.5] * 5, [0.6] * 5)}
        figure = figures.plane(followed({**still, **far}), label=2)
        assert figure.data[figure.data["role"] == "end"]["unit"].tolist() == ["SDN"]
        assert set(figure.data[figure.data["named"]]["unit"]) == {"SDN", "GHA"}
        assert "the 1 that moved furthest; named too, the 1 highest in risk" in figure.subtitle
        none = figures.plane(followed(still), label=0)
        assert set(none.data["role"]) == {"place"}
        assert not none.data["named"].any()

    def test_who_has_no_place_is_told(self):
        unknown = ([0.3] * 10, [NAN] * 10)
        ended = (RISE[:4] + [NAN] * 6, FALL[:4] + [NAN] * 6)
        late = ([*RISE[:9], NAN], [*FALL[:9], NAN])
        found = followed({"SDN": (RISE, FALL), "SUN": ended, "VAT": unknown, "TON": late})
        figure = figures.plane(found)
        notes = " ".join(figure.notes)
        assert "unknown, 1 (VAT); no longer known, 1 (SUN (last in 2008))" in notes
        assert "before 2014: 1 (TON (2013))" in notes
        assert set(figure.data["unit"]) == {"SDN", "TON"}
        asked = figures.plane(found, ["SUN"], since=2005)
        assert "SUN (2008)" in " ".join(asked.notes)
        assert not asked.data[asked.data["unit"] == "SUN"]["counted"].any()

    def test_a_gap_breaks_a_path(self):
        risk = [0.2, 0.3, NAN, 0.4, 0.5]
        figure = figures.plane(followed({"SDN": (risk, [0.5] * 5)}), ["SDN"])
        assert figure.data["run"].tolist() == [0, 0, 1, 1]

    def test_every_fault_is_told_at_once(self):
        found = followed({"SDN": (RISE, FALL), "VAT": (RISE, [NAN] * 10)})
        with pytest.raises(InputError) as error:
            figures.plane(found, ["SND", "SDN"], since=1999, label=-1)
        assert len(error.value.problems) == 3
        with pytest.raises(InputError, match="'VAT' has no place on the plane"):
            figures.plane(found, ["VAT"])
        with pytest.raises(InputError, match="no trajectory of 'resilience'"):
            figures.plane(followed({"SDN": RISE}))
        with pytest.raises(InputError, match="no unit has both"):
            figures.plane(followed({"VAT": (RISE, [NAN] * 10)}))
        with pytest.raises(InputError, match="units: names none"):
            figures.plane(found, [])
        with pytest.raises(InputError, match="since: 'soon'"):
            figures.plane(found, since="soon")

    def test_it_draws_with_names_and_quadrants(self, needs_extra):
        needs_extra("altair"), needs_extra("vl_convert")
        near = {u: (np.array(RISE) + n / 500, FALL) for n, u in enumerate(("MLI", "NER", "TCD"))}
        texts = drawn(figures.plane(followed({**near, "<b>{datum}": (RISE, FALL)})))
        assert {"Mali", "Niger", "Chad", "<b>{datum}"} <= {*texts}
        assert "exposed: risk high, resilience low (4)" in texts
        months = figures.plane(followed({"MLI": (RISE, FALL)}, first="2013-01", kind="M"))
        assert months.data["period"].astype(str).iloc[-1] == "2013-10"
        once = figures.plane(followed({"MLI": ([0.3], [0.4])}), "MLI")
        assert once.data[["period", "name"]].astype(str).to_numpy().tolist() == [["2005", "Mali"]]


class TestMultiples:
    def test_units_stand_by_their_latest_level_and_none_is_dropped(self):
        found = followed({"GMB": [0.1] * 3, "SEN": [0.3] * 3, "MLI": [0.6, 0.6, NAN]})
        figure = figures.multiples(found, region="Western Africa")
        names = figure.data.groupby("panel")["name"].first().tolist()
        assert names[:3] == ["Senegal", "The Gambia", "Mali"]  # Mali is not known by now
        assert len(names) == 16  # the states of Western Africa
        rest = figure.data[figure.data["panel"] >= 3]
        assert rest["level"].isna().all()
        assert rest["heading"].unique().tolist() == ["not scored"]
        senegal = figure.data[figure.data["unit"] == "SEN"]
        mean = regional(found, by="subregion").frame["risk_level"]
        assert senegal["mean"].tolist() == mean.tolist()
        assert senegal["value"].tolist() == [0.3] * 3
        sd = np.sqrt(found["risk"].filtered.var_level[2])
        np.testing.assert_allclose(senegal["high"] - senegal["level"], REACH * sd)

    def test_a_unit_whose_scores_are_not_known_is_drawn_as_unknown(self):
        found = followed({"GMB": [0.1] * 3, "SHN": [NAN] * 3})
        figure = figures.multiples(found, region="Western Africa")
        assert figure.data[figure.data["unit"] == "SHN"]["heading"].tolist() == ["unknown"]

    def test_regions_show_their_mean_lowest_and_highest(self):
        found = followed({"GMB": [0.1] * 3, "SEN": [0.3] * 3, "FRA": [0.05] * 3})
        figure = figures.multiples(found)
        last = figure.data.groupby("name").tail(1).set_index("name")
        assert last.loc["Western Africa", ["level", "low", "high"]].tolist() == pytest.approx(
            [(0.1 + 0.3) / 2, 0.1, 0.3]
        )
        assert last["heading"].tolist() == ["2 of 16 units", "1 of 9 units"]

    def test_what_does_not_fit_is_named(self):
        africa = ("AGO", "BDI", "BEN", "BFA", "BWA", "CAF", "CIV", "CMR", "COD", "COG", "DJI")
        found = followed({unit: [0.2 + n / 100] * 2 for n, unit in enumerate(africa)})
        figure = figures.multiples(found, by="region", region="Africa")
        assert figure.data["panel"].max() == 23
        assert any(
            note.startswith(f"Not drawn, {53 - 24} lower or unknown: ") for note in figure.notes
        )

    def test_first_cuts_and_every_fault_is_told(self):
        found = followed({"GMB": [0.1] * 4, "SEN": [0.3] * 4})
        figure = figures.multiples(found, region="Western Africa", first="2007")
        assert figure.data["period"].astype(str).min() == "2007"
        with pytest.raises(InputError) as error:
            figures.multiples(found, region="Western Afrika", of="rsk", first="1999")
        told = " ".join(error.value.problems)
        assert len(error.value.problems) == 3
        assert "did you mean 'Western Africa'?" in told
        with pytest.raises(InputError, match="did you mean 'subregion'"):
            figures.multiples(found, by="subregions")
        with pytest.raises(InputError, match="known risk"):
            figures.multiples(followed({"SEN": [NAN] * 3}), region="Western Africa")

    def test_it_draws_panels(self, needs_extra):
        needs_extra("altair"), needs_extra("vl_convert")
        found = followed({"GMB": [0.1, NAN, 0.2, 0.2], "SEN": [0.3] * 4})
        texts = drawn(figures.multiples(found, region="Western Africa"))
        assert {"The Gambia", "Guinea-Bissau", "?", "?  not scored"} <= {*texts}
        months = figures.multiples(followed({"SEN": RISE}, first="2013-01", kind="M"))
        assert "Western Africa" in months.data["name"].tolist()
        assert months.data["period"].astype(str).max() == "2013-10"
        one = figures.multiples(followed({"VCT": [0.3]}), region="Caribbean")
        assert len(one.data["panel"].unique()) == len(one.data)  # a panel each, of one period


class TestHelpers:
    def test_ticks_are_few_and_round(self):
        assert list(ticks(pd.period_range("1960", "2024", freq="Y")).values()) == [
            *("1960", "1970", "1980", "1990"),
            *("2000", "2010", "2020"),
        ]
        assert ticks(pd.period_range("2013", "2013", freq="Y")) == {0: "2013"}
        assert ticks(pd.period_range("2013-02-01", "2013-02-02", freq="D"), most=2) == {
            0: "2013-02-01",
            1: "2013-02-02",
        }
        assert ticks(pd.period_range("2011Q2", "2014Q4", freq="Q"), most=4) == {
            3: "2012",
            7: "2013",
            11: "2014",
        }
        for kind in "YQMD":
            for count in (1, 5, 50, 300):
                assert 1 <= len(ticks(pd.period_range("1990", periods=count, freq=kind))) <= 9

    def test_runs_and_names_apart(self):
        assert runs([]) == []
        assert runs([3]) == [(3, 3)]
        assert _spread(np.array([0.0, 0.0]), np.array([10, 10]), 100) == pytest.approx(
            [5.0, 15.0], abs=0.01
        )

    def test_names_never_overlap(self):
        rng = np.random.default_rng(7)
        points = rng.uniform(0, 200, (40, 2))
        names = pd.DataFrame(points, columns=["x", "y"]).assign(text="A long name")
        placed = place_names(names, points, size=(220, 220), taken=np.array([[0, 0, 80, 20]]))
        assert 0 < len(placed) < 40
        boxes = [(r.left, r.middle - 6.5, r.left + 66, r.middle + 6.5) for r in placed.itertuples()]
        boxes.append((0, 0, 80, 20))
        for n, (left, top, right, bottom) in enumerate(boxes):
            for x, y, x2, y2 in boxes[:n]:
                assert left >= x2 or x >= right or top >= y2 or y >= bottom
