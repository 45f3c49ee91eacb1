"""Profiles: named, hashable, and strict about what they hold."""

import pytest

from r2prisk import InputError, Profile
from r2prisk.catalogue import load_crosswalk, load_framework, load_words

MINIMAL = 'name = "mine"\n[[bands]]\nname = "all"\nfrom = 0.0\n'


def loaded(tmp_path, text):
    path = tmp_path / "profile.toml"
    path.write_text(text)
    return Profile.load(path)


def problems_of(call, *args, **options):
    with pytest.raises(InputError) as caught:
        call(*args, **options)
    return list(caught.value.problems)


def test_the_default_profile_is_the_design():
    profile = Profile.load("default")
    assert (profile.exponents.within, profile.exponents.across) == (2.0, 1.0)
    assert (profile.inhibition.form, profile.missing.rule) == ("damping", "rated-only")
    assert not profile.weights.factors
    assert not profile.weights.indicators
    assert {v for to in profile.kappa.values() for v in to.values()} == {0.0, 0.2}
    conduct = {"RF10", "RF11", "RF12", "RF13", "RF14"}
    assert all(to[k] == 0.0 for to in profile.kappa.values() for k in conduct & set(to))
    assert len(load_crosswalk().resilience) == sum(len(to) for to in profile.kappa.values())
    bands = {word.words["en"] for word in load_words().bands}
    assert {band.name for band in profile.bands} <= bands


def test_saving_and_loading_keep_the_hash(tmp_path):
    profile = Profile.load("default").replace(
        name="mine", weights={"factors": {"RF1": 2.0}}, inhibition={"form": "ratio"}
    )
    profile.save(tmp_path / "mine.toml")
    again = Profile.load(tmp_path / "mine.toml")
    assert again.hash == profile.hash != Profile.load("default").hash
    (tmp_path / "again").mkdir()
    again.save(tmp_path / "again" / "mine.toml")
    one, two = (tmp_path / p / "mine.toml" for p in (".", "again"))
    assert one.read_bytes() == two.read_bytes()


def test_spelling_out_the_crosswalk_does_not_change_the_hash():
    profile = Profile.load("default")
    assert profile.replace(inhibition={"kappa": profile.kappa}).hash == profile.hash


def test_every_choice_is_in_the_hash():
    profile = Profile.load("default")
    changes = [
        {"exponents": {"within": 1.0}},
        {"exponents": {"across": 2.0}},
        {"weights": {"indicators": {"1.1": 2.0}}},
        {"inhibition": {"form": "gate"}},
        {"inhibition": {"gate": 0.5}},
        {"inhibition": {"kappa": {"SGS1": {"RF9": 0.1}}}},
        {"missing": {"rule": "prior"}},
        {"missing": {"prior": 0.25}},
        {"missing": {"band_coverage": 0.0}},
        {"views": {}},
        {"version": "another"},
        {"bands": [{"name": "all", "from": 0.0}]},
        {"plane": {"risk": 0.5}},
        {"plane": {"resilience": 0.5}},
        {"watch": {"rules": []}},
        {"watch": {"rules": [{"name": "mine", "kind": "surprise"}]}},
        {"watch": {"channels": {}}},
        {"watch": {"channels": {"mine": ["RF1"]}}},
        {"watch": {"ongoing": {"of": "RF12", "limit": 0.6}}},
        {"watch": {"ongoing": {"of": "RF11", "limit": 0.7}}},
    ]
    for group, keys in (
        ("trends", ("material", "window", "volatile", "turn_reference", "turn_limit")),
        ("watch", ("persistent", "high", "sure", "quiet", "triggers")),
    ):
        old = getattr(profile, group).model_dump()
        changes += [
            {group: {key: 9 if isinstance(old[key], int) else 1.1 * old[key]}} for key in keys
        ]
    for name in ("risk", "residual_risk", "resilience", "factors"):
        old = getattr(profile.trends, name).model_dump()
        changes += [{"trends": {name: {**old, size: old[size] + 1.0}}} for size in old]
    hashes = {profile.replace(**change).hash for change in changes}
    assert len(hashes | {profile.hash}) == len(changes) + 1


def test_unknown_keys_name_the_nearest(tmp_path):
    found = problems_of(
        loaded, tmp_path, MINIMAL.replace("[[", "exponent = 2\n[exponents]\nwithn = 2\n[[")
    )
    assert found == [
        "line 4, exponents, withn: unknown key 'withn'; did you mean 'within'?",
        "line 2, exponent: unknown key 'exponent'; did you mean 'exponents'?",
    ]
    found = problems_of(Profile.load("default").replace, exponants={})
    assert found == ["exponants: unknown key 'exponants'; did you mean 'exponents'?"]
    assert "did you mean 'default'" in problems_of(Profile.load, "defualt")[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exponents": {"within": 0.5}}, "greater than or equal to 1"),
        ({"weights": {"factors": {"RF1": -1.0}}}, "greater than or equal to 0"),
        ({"inhibition": {"kappa": {"SGS1": {"RF9": 1.5}}}}, "less than or equal to 1"),
        ({"inhibition": {"form": "magic"}}, "'damping', 'subtractive', 'ratio' or 'gate'"),
        ({"missing": {"rule": "drop"}}, "'rated-only', 'as-absent' or 'prior'"),
        ({"bands": [{"name": "a", "from": 0.2}]}, "must start at 0 and rise"),
        ({"exponents": {"within": float("nan")}}, "finite number"),
    ],
)
def test_values_that_are_not_allowed(change, words):
    assert words in problems_of(Profile.load("default").replace, **change)[0]


def test_identifiers_must_be_in_the_frameworks():
    profile = Profile.load("default").replace(
        weights={"factors": {"RF15": 1.0}, "indicators": {"7.01": 2.0}},
        views={"mine": ["RF2", "R3"]},
        inhibition={"kappa": {"SGS7": {"RF1": 0.1}}},
    )
    found = problems_of(
        profile.check, load_framework("un-foa-2014"), load_framework("sg-resilience-2013")
    )
    assert [text.split(":")[0] for text in found] == [
        "weights.factors",
        "weights.indicators",
        "views.mine",
        "inhibition.kappa",
    ]
    assert all("did you mean" in text for text in found)


def test_kinds_and_sides_are_not_mixed_up():
    foa, sgs = load_framework("un-foa-2014"), load_framework("sg-resilience-2013")
    default = Profile.load("default")
    assert "is a framework of risk" in problems_of(default.check, foa, foa)[0]
    swapped = default.replace(inhibition={"kappa": {"RF1": {"SGS1": 0.5}}})
    assert problems_of(swapped.check, foa, sgs) == [
        "inhibition.kappa: 'RF1' is not in sg-resilience-2013",
        "inhibition.kappa.RF1: 'SGS1' is not in un-foa-2014",
    ]
    beside = default.replace(views={"safe": ["SGS1"]})
    assert "'SGS1' is not in un-foa-2014" in problems_of(beside.check, foa, sgs)[0]
    assert "at least 1 item" in problems_of(default.replace, views={"empty": []})[0]
    formula = [{"name": "=1+1", "from": 0.0}]
    assert "'=1+1' is not a name" in problems_of(default.replace, bands=formula)[0]


def test_factors_may_not_take_the_name_of_a_score(tmp_path):
    foa, sgs = load_framework("un-foa-2014"), load_framework("sg-resilience-2013")
    for name in ("risk", "unit", "SGS1", "x_low"):
        factor = foa.factors[0].model_copy(update={"id": name})
        own = foa.model_copy(update={"factors": (factor,)})
        own.__dict__.pop("indicators", None)
        found = problems_of(Profile.load("default").replace(views={}).check, own, sgs)
        assert f"factor '{name}' is taken" in "".join(found)


@pytest.mark.parametrize("name", ["risk", "RF1", "SGR2", "genocide", "coverage", "mine_low"])
def test_a_view_may_not_take_the_name_of_another_score(name):
    profile = Profile.load("default").replace(views={name: ["RF2"]})
    foa, sgs = load_framework("un-foa-2014"), load_framework("sg-resilience-2013")
    assert f"'{name}' is taken" in problems_of(profile.check, foa, sgs)[0]


def test_the_crosswalk_speaks_of_its_own_frameworks_only():
    assert Profile.load("default").replace(risk="other").kappa == {}


def test_profiles_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Profile.load("default").name = "other"


def test_a_file_builds_on_another_profile(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('base = "default"\nname = "mine"\n[missing]\nband_coverage = 0.25\n')
    mine, default = Profile.load(path), Profile.load("default")
    assert mine.hash == default.replace(name="mine", missing={"band_coverage": 0.25}).hash
    again = tmp_path / "again.toml"
    again.write_text(f'base = "{path}"\nname = "again"\n[exponents]\nwithin = 1\n')
    assert Profile.load(again).missing.band_coverage == 0.25
    path.write_text('base = "defualt"\nname = "mine"\n[missing]\nband_coverage = 7\n')
    with pytest.raises(InputError, match="did you mean 'default'"):
        Profile.load(path)
    path.write_text('base = "default"\n\n[missing]\nband_coverage = 7\n')
    with pytest.raises(InputError, match=r"line 4.*band_coverage"):
        Profile.load(path)


def test_the_profile_for_evidence_differs_in_what_it_says():
    evidence, default = Profile.load("evidence"), Profile.load("default")
    changed = {"missing": {"band_coverage": 0.05}, "trends": {"window": 1.0, "material": 0.03}}
    about = {"name": "evidence", "version": "1", "note": evidence.note}
    assert evidence.hash == default.replace(**about, **changed).hash
