"""The lens over recommendations of the Universal Periodic Review."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from r2prisk import read_panel, score
from r2prisk.errors import InputError
from r2prisk.prevention.lens import read_upr, upr_lens
from r2prisk.prevention.lens.words import factor_sides, load_lens_words

HAND = Path(__file__).parent / "upr_hand_tags.csv"
PAGE = Path(__file__).parents[2] / "docs" / "lens.md"
TEXTS = ["Ratify the Rome Statute", "Fight racism", "Plant trees", "Train the police"]


def asked(*rows):
    """Recommendations, each (to, from, text, response), of session 14."""
    frame = pd.DataFrame(rows, columns=["to", "from", "text", "response"])
    return frame.assign(session=14)


def test_counts_by_factor_are_visible_arithmetic():
    made = read_upr(
        asked(
            ("Ghana", "Norway", "Ratify the Rome Statute", "Accepted"),
            ("Ghana", "Togo", "Join the Rome Statute", "Noted"),
            ("Ghana", "Togo", "Fight racism", "Accepted"),
            ("Ghana", "Togo", "Plant trees", "Accepted"),
            ("Kenya", "Togo", "Fight racism", "Noted"),
            ("Norway", "Togo", "Plant trees", "Noted"),
        )
    )
    lens = upr_lens(made, unit="GHA")
    assert lens.total == {
        "asked": 4,
        "accepted": 3,
        "noted": 1,
        "states": 2,
        "none": 1,
        "none_accepted": 1,
    }
    sgs3 = lens.factors.loc["SGS3"]
    assert sgs3[["asked", "accepted", "noted", "share", "part"]].tolist() == [2, 1, 1, 0.5, 0.5]
    wilson = binomtest(1, 2).proportion_ci(method="wilson")
    assert (sgs3["low"], sgs3["high"]) == (wilson.low, wilson.high)
    rf9 = lens.factors.loc["RF9"]
    # of the others of the African Group, Kenya alone; of the world, Kenya and Norway
    assert rf9[["part", "group_part", "world_part"]].tolist() == [1 / 4, 1.0, 0.5]
    assert (rf9["group_share"], lens.factors.loc["SGS3", "world_part"]) == (0.0, 0.0)
    assert lens.group == "African Group"
    by = lens.askers.set_index(["asker", "factor"])
    assert by.loc[("TGO", "SGS3")].tolist() == [1, 0]
    assert by.loc[("NOR", "RF3")].tolist() == [1, 1]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Ghana", "Kenya", "Norway"]),
        st.sampled_from(["Togo", "Chile", "(Unknown)"]),
        st.sampled_from(TEXTS),
        st.sampled_from(["Accepted", "Noted"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=3)
@given(rows=ROWS, random=st.randoms(use_true_random=False))
def test_asked_is_accepted_and_noted_in_any_order(rows, random):
    made = read_upr(asked(*rows))
    world = upr_lens(made).factors
    assert (world["asked"] == world["accepted"] + world["noted"]).all()
    there = world[world["asked"] > 0]
    assert ((there["low"] <= there["share"]) & (there["share"] <= there["high"])).all()
    assert world.loc[world["asked"] == 0, ["share", "low", "high"]].isna().all(axis=None)
    own = [upr_lens(made, unit=unit) for unit in made.table["to"].unique()]
    assert (sum(lens.factors["asked"] for lens in own) == world["asked"]).all()
    shuffled = read_upr(asked(*random.sample(rows, len(rows))))
    pd.testing.assert_frame_equal(upr_lens(shuffled).factors, world)


def test_what_is_not_counted_is_told():
    frame = asked(
        ("Ghana", "Norway", "Fight racism", "Accepted"),
        ("Ghana", "Norway", "Fight racism", "Accepted"),
        ("Atlantis", "&#40;Unknown&#41;", "Fight racism", "Accepted"),
    ).assign(session=[14, 3, 14], issue=["Weather", "", ""])
    made = read_upr(frame)
    assert upr_lens(made).total["asked"] == 1
    told = "\n".join(made.notes)
    assert "1 of sessions 1 to 3 are not counted" in told
    assert "1 are to a state that is not known, and not counted: Atlantis." in told
    assert "1 are by somebody who is not known: (Unknown)." in told
    assert "1 have the issue 'Weather', which says no factor here." in told
    flat = " ".join(repr(upr_lens(made, unit="GHA")).split())
    assert f"In the file, all states: {told.splitlines()[0]}" in flat
    assert "all states:" not in repr(upr_lens(made))


def test_an_issue_says_a_factor_but_of_treaties_the_words_do():
    frame = asked(*[("Ghana", "Norway", "Go on", "Accepted")] * 2)
    made = read_upr(frame.assign(issue=["Elections", "Elections,International instruments"]))
    assert made.tags.values.tolist() == [[0, "SGS2"]]


def test_all_faults_are_told_at_once():
    frame = asked(("Ghana", "Norway", "", "Maybe")).assign(session="soon", action=7)
    with pytest.raises(InputError) as caught:
        read_upr(frame)
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 4
    for part in ("text is empty", "session is 'soon'", "action is '7'", "'Maybe' (1 row)"):
        assert part in told
    with pytest.raises(InputError, match="column 'response' is missing"):
        read_upr(frame.drop(columns="response"))
    made = read_upr(asked(("Ghana", "Norway", "Fight racism", "Noted")))
    with pytest.raises(InputError, match=r"did you mean 'GHA' \(Ghana\)"):
        upr_lens(made, unit="Ghana")
    with pytest.raises(InputError, match="no recommendation to KEN"):
        upr_lens(made, unit="KEN")


def test_scores_stand_beside_with_their_bounds_and_name_what_was_not_asked():
    rows = [{"unit": "GHA", "year": 2012, "2.1": 0.75, "9.1": 0.5, "SGS3.1": 0.25}]
    later = {"unit": "GHA", "year": 2014, "2.1": 0.25}
    scores = score(read_panel(pd.DataFrame([*rows, later])))
    made = read_upr(asked(("Ghana", "Norway", "Fight racism", "Noted")))
    lens = upr_lens(made, unit="GHA", scores=scores)
    assert lens.period == "2012"  # the year of session 14
    months = [{"unit": "GHA", "period": f"2012-{n:02}", "2.1": n / 4} for n in (1, 3)]
    months += [{"unit": "GHA", "period": "2013-01", "2.1": 0.0}]
    monthly = upr_lens(made, unit="GHA", scores=score(read_panel(pd.DataFrame(months))))
    assert (monthly.period, monthly.factors.loc["RF2", "score"]) == ("2012-03", 0.75)
    rf2 = lens.factors.loc["RF2"]
    assert rf2["score_low"] <= rf2["score"] == 0.75 <= rf2["score_high"]
    assert np.isnan(lens.factors.loc["RF4", "score"])
    text = repr(lens).replace("\n  ", " ")
    title = "RF2 Record of serious violations of international human rights and humanitarian law"
    assert f"{title}: presence 0.75 in 2012, and no recommendation found." in text
    assert "SGS3 National accountability mechanisms: strength 0.25" in text
    assert (
        "RF9 Intergroup tensions or patterns of discrimination against protected groups: p"
        not in text
    )


def test_texts_of_others_are_escaped():
    made = read_upr(asked(("Ghana", "<b>Nowhere</b>", "Fight racism", "Noted")))
    shown = upr_lens(made, unit="GHA")._repr_html_()
    assert "<b>Nowhere" not in shown
    assert "&lt;b&gt;Nowhere" in shown


def test_every_issue_of_the_file_is_declared(data_folder, needs_extra):
    needs_extra("pyarrow")
    path = data_folder / "upr" / "upr_recommendations_sessions_1_20.parquet"
    issues = set(pd.read_parquet(path, columns=["issue"])["issue"].str.split(",").explode())
    assert issues == {issue.name for issue in load_lens_words().issues}


def test_tags_against_a_sample_read_by_hand(data_folder, needs_extra):
    """The numbers on the page: ``judge`` was tagged by hand after the keywords were settled."""
    needs_extra("pyarrow")
    path = data_folder / "upr" / "upr_recommendations_sessions_1_20.parquet"
    hand = pd.read_csv(HAND, keep_default_na=False)
    assert hand.groupby("part").size().to_dict() == {"judge": 150, "mend": 180}
    hand = hand[hand["part"] == "judge"]
    every = pd.read_parquet(path)
    tags = read_upr(every.iloc[hand["row"]]).tags
    made = set(zip(tags["row"], tags["factor"], strict=True))
    own = {(n, f) for n, text in enumerate(hand["tags"]) for f in text.split(";") if f}
    page = PAGE.read_text(encoding="utf-8")
    for side, expected in (
        ("risk", (83, 93, 98)),
        ("resilience", (101, 117, 118)),
        ("both", (184, 210, 216)),
    ):
        here = [
            {(n, f) for n, f in pairs if side in ("both", factor_sides()[f])}
            for pairs in (made & own, made, own)
        ]
        right, found, wanted = map(len, here)
        assert (right, found, wanted) == expected
        shares = [_told(right, of) for of in (found, wanted)]
        assert f"| {side} | {shares[0]} | {shares[1]} |" in page


def _told(count, of):
    found = binomtest(count, of).proportion_ci(method="wilson")
    return f"{count} of {of}: {count / of:.0%} ({found.low:.0%} to {found.high:.0%})"


def test_a_state_in_no_group_is_not_compared_with_one():
    rows = [(to, "Norway", "Fight racism", "Noted") for to in ("Kosovo", "Ghana", "XDA")]
    lens = upr_lens(read_upr(asked(*rows)), unit="XKX")
    assert lens.group is None
    assert lens.factors["group_part"].isna().all()
    assert lens.factors.loc["RF9", "world_part"] == 1.0
    # one that no list of regions has is nobody's neighbour, and no fault
    assert upr_lens(read_upr(asked(*rows)), unit="GHA").factors.loc["RF9", "world_part"] == 1.0


def test_shares_near_none_and_repeated_rows_and_unconfirmed_tags_are_said():
    rows = [("Ghana", "Norway", "Fight racism", "Accepted")] * 399
    made = read_upr(asked(*rows, ("Ghana", "Togo", "Fight racism", "Noted")))
    text = repr(upr_lens(made, unit="GHA"))
    assert "399, >99% (99% to >99%)" in text
    assert "398 repeat another in all that is read, and are counted again." in text
    assert "unconfirmed" in repr(made)
    assert "nobody has confirmed them" in upr_lens(made).provenance["tags"]
