"""The story of one country, read as its reader would."""

import re

import numpy as np
import pandas as pd
import pytest

from r2prisk import InputError
from r2prisk.about import CAUTION
from r2prisk.trajectories import episodes, project, trajectories, turning_points
from r2prisk.trajectories.story import story

NAN = np.nan
RISK = [0.3] * 8 + [0.4, 0.5, 0.58, 0.62, 0.63, 0.62]
RESILIENCE = [0.7] * 8 + [0.65, 0.6, 0.5, 0.45, 0.4, 0.35]


def frame(first="2001", freq="Y", **units):
    """Scores by unit: a dict of columns for each."""
    parts = {}
    for unit, columns in units.items():
        length = max(np.size(column) for column in columns.values())
        periods = pd.period_range(first, periods=length, freq=freq, name="period")
        parts[unit] = pd.DataFrame(
            {n: np.broadcast_to(c, length) for n, c in columns.items()}, index=periods
        )
    return pd.concat(parts, names=["unit"])


@pytest.fixture(scope="module")
def world():
    """Sudan turned; of Ghana nothing that counts was rated."""
    sudan = {
        "risk": RISK,
        "resilience": RESILIENCE,
        "residual_risk": 0.8 * np.array(RISK),
        "coverage": 0.5,
        "resilience_coverage": 0.5,
        "risk_low": 0.1,
        "risk_high": 0.9,
        "band": ["moderate"] * 8 + ["moderate", "high", "high", *["very high"] * 3],
    }
    ghana = {**sudan, "coverage": 0.05, "resilience_coverage": 0.0, "band": "unknown"}
    return trajectories(frame(SDN=sudan, GHA=ghana))


def unfolded(text):
    """Return the text with its line breaks undone."""
    return " ".join(text.split())


def lines_from(text, start):
    """Return the lines of the part that starts so, without its first."""
    part = next(p for p in text.split("\n\n") if p.startswith(start))
    return part.splitlines()[1:]


def test_a_country_that_turned(world):
    text = story(world, "SDN")
    lines = text.splitlines()
    assert lines[0].startswith("Sudan (SDN), 2001 to 2014; profile default")
    assert re.match(
        r"Risk 0\.62 in 2014, very high: escalating \(\d+%\), \+0\.0\d a year over the last 3 years\.",
        lines[2],
    )
    assert lines[3].strip() == (
        "50% of the Framework's weight was rated; once the rest is known, risk could be 0.10 to 0.90."
    )
    assert lines[4].startswith("Resilience 0.35 in 2014: eroding (")
    assert lines[5].startswith("Residual risk 0.50 in 2014: ")
    # resilience falls below 0.65, where it counts as high, in 2010: from then on to 2014, 5 years
    assert (
        "On the plane of risk and resilience: risk high, resilience low (exposed) since 2010; "
        "years spent: exposed 5, contained 9."
    ) in unfolded(text)
    assert text.endswith(CAUTION)
    assert all(len(line) <= 100 for line in lines)


def test_the_table_shows_the_last_twelve_periods(world):
    rows = lines_from(story(world, "SDN"), "The last 12 periods")
    assert rows[0].split()[:4] == ["period", "risk", "level", "heading"]
    assert [row.split()[0] for row in rows[1:]] == [str(year) for year in range(2003, 2015)]
    row = rows[-1].split()
    assert (row[1], row[4], row[5]) == ("0.62", "0.50", "0.35")
    course = world["risk"].filtered.level[world.unit("SDN")]
    assert [r.split()[2] for r in rows[1:]] == [f"{x:.2f}" for x in course[2:]]


def test_turns_and_episodes_are_told_with_their_dates(world):
    text, turns = story(world, "SDN"), turning_points(world)
    told = lines_from(text, "Turning points")
    up = turns[turns["turn"] == "up"].iloc[0]
    assert told[1].split()[:4] == ["risk", "up", str(up["period"]), str(up["known"])]
    assert " ".join(told[0].split()).endswith("sure level before level then")
    assert told[1].split()[-2:] == [f"{up['before']:.2f}", f"{up['after']:.2f}"]
    assert up["sure"] > 0.99
    assert "  over 99%  " in told[1]
    assert any(line.split()[:2] == ["resilience", "down"] for line in told)
    rows = lines_from(text, "The last 12 periods")
    marked = [row.split()[0] for row in rows if row.endswith(f"turn up (known {up['known']})")]
    assert marked == [str(up["period"])]
    assert "Episodes of risk, as known now. The last one has not ended." in text
    _, *phases, note = lines_from(text, "Episodes of risk")
    assert note == "These are phases of a score, not of a conflict."
    expected = episodes(world)
    assert [row.split()[1] for row in phases] == expected["phase"].tolist()
    assert [row.split()[2] for row in phases] == expected["first"].astype(str).tolist()


def test_the_outlook_is_the_fan(world):
    fan = project(world, horizon=2).loc["SDN"]
    text = story(world, "SDN", ahead=2)
    rows = lines_from(text, "If it goes on")
    for n, (period, row) in enumerate(fan.iterrows(), 1):
        assert rows[n].split() == [
            str(period),
            f"{row['mean']:.2f}",
            f"{row['low_80']:.2f}-{row['high_80']:.2f}",
            f"{row['low_95']:.2f}-{row['high_95']:.2f}",
        ]
    assert "within 2 periods" in text
    assert "not a forecast of crimes" in text


def test_a_country_of_which_nothing_was_rated_is_not_known(world):
    text = story(world, "GHA")
    assert text.startswith("Ghana (GHA), 2001 to 2014")
    assert "No trajectory: in none of its 14 periods was 15%" in text
    assert "That is not a low risk; it is not known." in text
    assert text.endswith(CAUTION)
    # no number that could be taken for a score
    assert not re.search(r"\d\.\d\d", text)


def test_a_wrong_code_names_the_nearest(world):
    with pytest.raises(InputError, match="no unit 'SDM'; did you mean 'SDN'"):
        story(world, "SDM")
    with pytest.raises(InputError, match="horizon 9 is not a whole number from 1 to 8"):
        story(world, "SDN", ahead=9)
    alone = trajectories(frame(SDN={"risk": RISK}), of=["risk"])
    with pytest.raises(InputError, match="no trajectory of 'resilience'"):
        story(alone, "SDN")


def told(first="2001", freq="Y", **columns):
    plain = {"risk": RISK, "resilience": RESILIENCE, "residual_risk": 0.2}
    return story(trajectories(frame(first, freq, SDN=plain | columns)), "SDN")


def test_a_calm_country_has_no_turns_and_no_episodes():
    text = told(risk=[0.22] * 30, resilience=0.8)
    assert "Turning points: none that ordinary drift would not also show." in text
    assert "Episodes" not in text
    assert "Risk 0.22 in 2030: stable (over 99%)" in text
    assert "hardly moved over the last 3 years" in text
    assert "No change of band is likelier than 10% within 3 periods." in text
    assert "risk low, resilience high (resilient) since 2001" in text
    assert "years spent: resilient 30." in unfolded(text)


def test_a_short_course_is_told_as_short():
    text = told(risk=[0.2, 0.3], resilience=0.8)
    assert "Risk 0.30 in 2002: too short a course to say where it is heading." in text


def test_one_score_has_no_outlook():
    text = told(risk=[0.2], resilience=0.8)
    assert "Risk 0.20 in 2001: too short" in text
    assert "If it goes on" not in text


def test_resilience_that_is_unknown_or_older_than_risk():
    text = told(resilience=[NAN] * 14)
    assert "Resilience: unknown, too little was rated." in text
    assert "On the plane" not in text
    late = told(risk=[NAN] * 5 + RISK[5:], residual_risk=[NAN] * 5 + RISK[5:])
    assert "The last 9 periods" in late
    ended = told(risk=[*RISK[:12], NAN, NAN])
    assert "Risk 0.62 in 2012: " in ended
    row = lines_from(ended, "The last 12 periods")[-1].split()
    assert row[:2] == ["2012", "0.62"]  # the level goes on, and has nothing to show


def test_erosion_under_flat_risk_is_said():
    text = told(risk=[0.3] * 14)
    assert "Eroding resilience under flat risk (" in text
    assert "Eroding resilience" not in told()


def test_other_indicators_are_marked():
    text = told(
        risk=[0.3] * 8 + [0.45] * 6,
        RF1=0.1,
        RF1_residual=0.1,
        RF1_coverage=[1.0] * 8 + [0.0] * 6,
        RF2=0.1,
        RF2_residual=0.1,
        RF2_coverage=[0.0] * 8 + [1.0] * 6,
    )
    marked = [line for line in text.splitlines() if line.endswith("rated anew")]
    assert [line.split()[0] for line in marked] == ["2009"]
    assert "rated anew: other indicators were rated than before" in text
    assert "turn up" not in text


def busy(periods=60):
    """Through all four quadrants, in months."""
    n, rng = np.arange(periods), np.random.default_rng(0)
    risk = np.where(n // 7 % 2, 0.2, 0.5) + 0.02 * rng.random(periods)
    resilience = np.where(n // 11 % 2, 0.5, 0.8) + 0.02 * rng.random(periods)
    return {"risk": risk, "resilience": resilience, "residual_risk": 0.8 * risk}


def test_months_have_a_story():
    text = told("2001-01", "M", **busy())
    assert "Every 4th period" in text  # 60 months in at most 18 rows
    assert "2005-12" in text
    assert "2001-04" in text
    others = [line for line in text.splitlines() if not line.startswith("On the plane")]
    assert all(len(line) <= 100 for line in others)


def test_no_line_of_a_monthly_story_is_too_long():
    assert max(map(len, told("2001-01", "M", **busy()).splitlines())) <= 100
