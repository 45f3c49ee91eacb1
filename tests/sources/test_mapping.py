"""Mappings: all faults at once, each with its place; every shipped one is sound."""

import pytest

from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.sources import SOURCES, load_mapping


@pytest.mark.parametrize("name", SOURCES)
def test_every_shipped_mapping_loads_and_says_why(name):
    mapping = load_mapping(name)
    assert mapping.name == name
    assert all(len(rating.why) > 20 for rating in mapping.ratings)
    assert mapping.citation
    assert mapping.licence


def test_titles_are_unlike_as_they_tell_editions_from_other_sources():
    titles = [load_mapping(name).title for name in SOURCES]
    assert len(set(titles)) == len(titles)
    assert not any(" v" in title for title in titles)


def test_dynamic_indicators_and_triggers_are_never_held():
    foa = load_framework("un-foa-2014")
    for rating in (r for name in SOURCES for r in load_mapping(name).ratings):
        if rating.indicator in foa and foa[rating.indicator].tempo == "dynamic":
            assert "hold" not in [step.kind for step in rating.steps], rating.indicator


def test_factors_that_only_documents_show_are_not_rated():
    rated = {r.indicator.split(".")[0] for name in SOURCES for r in load_mapping(name).ratings}
    assert not rated & {"10", "12", "13", "14"}


def test_outcomes_of_the_early_warning_project_are_never_read():
    columns = {c for r in load_mapping("ewp-predictors").ratings for c in r.needs}
    assert not any(column.startswith(("mk_onset", "mean_mk_onset")) for column in columns)


def test_an_unknown_name_gives_the_nearest():
    with pytest.raises(InputError, match="did you mean 'vdem'"):
        load_mapping("vdme")


def test_all_faults_of_a_mapping_come_together_with_their_line(made, rate_as):
    path = made.mapping(
        rate_as("1.1", steps="[{ linaer = { low = 0, high = 1 } }]"),
        rate_as("1.3", steps="[{ linear = { low = 5, high = 1 } }]"),
        rate_as("1.4", direction='"down"'),
        rate_as("1.5", steps="[{ memory = { half_life = 2 } }]"),
    )
    with pytest.raises(InputError) as caught:
        load_mapping(path)
    text = "\n".join(caught.value.problems)
    assert "unknown key 'linaer'; did you mean 'linear'?" in text
    assert "`low` must be below `high`" in text
    assert "'more' or 'less'" in text
    assert "after `memory` or `change` a range is needed" in text
    assert all(problem.startswith("line ") for problem in caught.value.problems)


def test_unknown_indicators_give_the_nearest(made, rate_as):
    path = made.mapping(rate_as("7.1O"), rate_as("SGS9.9"))
    with pytest.raises(InputError) as caught:
        load_mapping(path)
    assert len(caught.value.problems) == 2
    assert "no indicator '7.1O'" in caught.value.problems[0]
    assert "did you mean '7.1'" in caught.value.problems[0]


def test_a_period_is_said_in_one_way_only(made, rate_as):
    keys = '[[unit]]\ncolumn = "gw"\nkey = "gw"\n[period]\ncolumn = "year"\nsnapshot = 2020\n'
    with pytest.raises(InputError, match="exactly one of `column`, `snapshot` and `since`"):
        load_mapping(made.mapping(rate_as("1.1"), keys=keys))


@pytest.mark.parametrize(
    ("head", "settings", "says"),
    [
        ("version_pattern = 'v(\\d+'", {}, "is not a regular expression"),
        ("version_pattern = 'v\\d+'", {}, "needs one group"),
        ("", {"steps": "[{ linear = { low = 0, high = inf } }]"}, "finite"),
        ("", {"steps": "[{ linear = { low = 1, high = 1 } }]"}, "`low` must be below `high`"),
        ("", {"steps": "[{ log1p = { cap = nan } }]"}, "finite"),
        ("", {"steps": "[{ categories = { map = { Yes = nan } } }]"}, "finite"),
        ("", {"ignore": "[nan]"}, "finite"),
        ("", {"otherwise": "nan"}, "otherwise"),
        ("", {"first": "2005", "last": "2004"}, "`first` must not be after `last`"),
        ("frameworks = ['un-foa-2014', 'un-foa-2014']", {}, "named twice"),
    ],
)
def test_numbers_and_patterns_are_checked(made, rate_as, head, settings, says):
    text = made.mapping(rate_as("1.1", **settings)).read_text(encoding="utf-8")
    if head.startswith("version_pattern"):
        text = "\n".join(x for x in text.split("\n") if not x.startswith("version_pattern"))
    path = made.folder / "made-up.toml"
    path.write_text(f"{head}\n{text}", encoding="utf-8")
    with pytest.raises(InputError, match=says):
        load_mapping(path)


def test_a_prefix_must_be_a_pattern(made, rate_as):
    keys = (
        '[file]\nprefix = "vd["\n[[unit]]\ncolumn = "gw"\nkey = "gw"\n[period]\ncolumn = "year"\n'
    )
    with pytest.raises(InputError, match="is not a regular expression"):
        load_mapping(made.mapping(rate_as("1.1"), keys=keys))


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("vdem", "v2lgotovst"),
        ("vdem", "v2xlg_legcon"),
        ("vdem", "v2pepwrsoc_ord"),
        ("cirights", "injud"),
    ],
)
def test_a_gap_that_means_something_is_not_filled(name, column):
    ratings = [r for r in load_mapping(name).ratings if column in r.columns]
    assert ratings
    assert "hold" not in [step.kind for rating in ratings for step in rating.steps]


def test_a_new_treaty_lowers_nobody():
    rated = {r.indicator: r for r in load_mapping("un-treaties").ratings}
    assert set(rated) == {"SGS1.4", "SGS3.5"}
    assert rated["SGS1.4"].where == {"treaty": ("iccpr", "icerd", "cedaw")}
    assert rated["SGS3.5"].where == {"treaty": "iccpr_op1"}


def test_a_rise_is_read_by_one_reader_and_from_one_count():
    by_name = {n: {r.indicator: r for r in load_mapping(n).ratings} for n in ("pts", "unhcr")}
    assert (by_name["pts"]["7.8"].columns, by_name["pts"]["7.8"].fill) == (("PTS_S",), ())
    assert by_name["unhcr"]["7.10"].columns == ("refugees",)
    assert "77" not in by_name["pts"]["2.1"].missing.states


def test_the_reviews_begin_with_the_fourth_session():
    assert min(map(int, load_mapping("upr").period.map)) == 4
