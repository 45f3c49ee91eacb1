"""The profile's choices about change over time: what is allowed, what is refused."""

import pytest
from pydantic import ValidationError

from r2prisk import InputError, Profile
from r2prisk.catalogue import load_framework
from r2prisk.scoring.choices import Plane, Rule, Trend, Trends, Watch

DEFAULT = Profile.load("default")
SIZES = {"noise": 0.02, "level": 0.0, "slope": 0.0, "turnover": 0.0, "tails": 3.0, "spread": 1.0}
RULE = {"name": "mine", "kind": "movement"}


def problems_of(**changes):
    with pytest.raises(InputError) as caught:
        DEFAULT.replace(**changes)
    return list(caught.value.problems)


def test_each_score_has_its_own_sizes_and_all_others_share_theirs():
    trends = DEFAULT.trends
    for name in ("risk", "residual_risk", "resilience"):
        assert DEFAULT.trend_of(name) is getattr(trends, name)
        assert DEFAULT.trend_of(name) != trends.factors
    for name in DEFAULT.watch.channels:
        assert DEFAULT.trend_of(name) is trends.channels
    assert trends.channels != trends.factors
    for name in ("RF1", "SGS1", "genocide", "RF1_residual"):
        assert DEFAULT.trend_of(name) is trends.factors
    # a channel is what the profile calls one
    own = DEFAULT.replace(watch={"channels": {"mine": ["RF2"]}, "rules": []})
    assert own.trend_of("mine") is own.trends.channels
    assert own.trend_of("human_rights") is own.trends.factors


def test_a_profile_that_says_nothing_of_change_has_these_choices(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[[bands]]\nname = "all"\nfrom = 0.0\n')
    mine = Profile.load(path)
    assert (mine.trends, mine.plane, mine.watch) == (Trends(), Plane(), Watch())
    assert (mine.watch.rules, mine.watch.channels) == ((), {})


def test_the_choices_survive_a_file(tmp_path):
    changed = DEFAULT.replace(
        trends={"window": 5.0, "risk": SIZES},
        plane={"risk": 0.4},
        watch={"rules": [RULE], "channels": {"mine": ["RF2"]}, "persistent": 2.5, "current": 0.5},
    )
    changed.save(tmp_path / "mine.toml")
    again = Profile.load(tmp_path / "mine.toml")
    assert again.hash == changed.hash != DEFAULT.hash
    assert again.trends.risk == Trend(**SIZES)
    assert again.trends.resilience == DEFAULT.trends.resilience
    assert again.plane.resilience == DEFAULT.plane.resilience
    assert again.watch.rules == (Rule(**RULE),)
    assert (again.watch.persistent, again.watch.current) == (2.5, 0.5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trends": {"material": 0.0}}, "trends, material: input should be greater than 0"),
        ({"trends": {"window": -1.0}}, "trends, window: input should be greater than 0"),
        ({"trends": {"volatile": 1.0}}, "trends, volatile: input should be greater than 1"),
        ({"trends": {"turn_limit": 0.0}}, "trends, turn_limit: input should be greater than 0"),
        ({"trends": {"turn_reference": -0.1}}, "greater than or equal to 0"),
        ({"trends": {"material": float("inf")}}, "finite number"),
        (
            {"trends": {"risk": {**SIZES, "noise": 0.0}}},
            "trends, risk, noise: input should be greater",
        ),
        ({"trends": {"risk": {**SIZES, "level": -0.1}}}, "greater than or equal to 0"),
        (
            {"trends": {"risk": {**SIZES, "tails": 0.0}}},
            "trends, risk, tails: input should be greater",
        ),
        ({"trends": {"materal": 0.1}}, "unknown key 'materal'; did you mean 'material'?"),
        ({"plane": {"risk": 1.1}}, "plane, risk: input should be less than or equal to 1"),
        ({"watch": {"persistent": 0}}, "watch, persistent: input should be greater than 0"),
        ({"watch": {"current": 0.0}}, "watch, current: input should be greater than 0"),
        ({"watch": {"quiet": 2.5}}, "watch, quiet: input should be a valid integer"),
        ({"watch": {"sure": 1.5}}, "less than or equal to 1"),
        (
            {"watch": {"channels": {"mine": []}}},
            "watch, channels, mine: tuple should have at least 1",
        ),
        ({"watch": {"rules": [RULE, RULE]}}, "two rules are called mine"),
        ({"watch": {"rules": [{**RULE, "name": "=1+1"}]}}, "'=1+1' is not a name"),
        (
            {"watch": {"rules": [{**RULE, "kind": "levle"}]}},
            "'level', 'movement', 'surprise' or 'erosion'",
        ),
        ({"watch": {"rules": [{**RULE, "of": "a b"}]}}, "'a b' is not an identifier"),
        ({"watch": {"rules": [{**RULE, "limit": -1.0}]}}, "greater than or equal to 0"),
        ({"watch": {"rules": [{"kind": "level"}]}}, "'name' is missing"),
    ],
)
def test_what_is_not_allowed(change, words):
    found = problems_of(**change)
    assert len(found) == 1
    assert words in found[0]


def test_faults_are_told_together():
    found = problems_of(trends={"window": 0.0, "risk": {"noise": 0.1}}, plane={"resilience": -1.0})
    assert len(found) == 7  # window, five sizes of risk, and the plane


def test_an_alert_must_not_clear_above_where_it_is_raised():
    found = problems_of(watch={"rules": [{**RULE, "raise_at": 0.6, "clear_at": 0.7}]})
    assert "clear_at 0.7 must not exceed raise_at 0.6" in found[0]
    same = Rule(**RULE, raise_at=0.6, clear_at=0.6)
    assert same.clear_at == same.raise_at


def test_choices_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        DEFAULT.trends.window = 2.0
    with pytest.raises(ValidationError, match="frozen"):
        DEFAULT.watch.rules[0].limit = 2.0


def test_the_default_rules_and_channels_speak_of_scores_that_there_are():
    factors = {f.id for f in load_framework("un-foa-2014").factors}
    watch = DEFAULT.watch
    assert all(set(parts) <= factors for parts in watch.channels.values())
    assert {rule.of for rule in watch.rules} <= {"risk", "resilience", *watch.channels}
    assert watch.ongoing.of in factors
    assert {rule.kind for rule in watch.rules} == {"level", "movement", "surprise", "erosion"}


def test_the_choices_of_the_code_are_those_of_the_default_profile():
    assert Trends() == DEFAULT.trends
    assert Plane() == DEFAULT.plane


@pytest.mark.parametrize(
    "watch",
    [
        {"channels": {"mine": ["RF22"]}},
        {"channels": {"risk": ["RF1"]}},
        {"rules": [{**RULE, "of": "humen_rights"}]},
        {"ongoing": {"of": "RF111", "limit": 0.6}},
    ],
)
def test_the_watch_list_speaks_of_scores_that_there_are(watch):
    foa, sgs = load_framework("un-foa-2014"), load_framework("sg-resilience-2013")
    with pytest.raises(InputError):
        DEFAULT.replace(watch=watch).check(foa, sgs)
