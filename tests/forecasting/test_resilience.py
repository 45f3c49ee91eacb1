"""The test of resilience: sums by hand and by others, planted effects, and no look ahead."""

import functools

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import f as fisher
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from r2prisk import read_panel
from r2prisk.catalogue.units import independent, load_units
from r2prisk.errors import InputError
from r2prisk.forecasting import compare, read_onsets, resilience_test
from r2prisk.forecasting.resilience.duration import KNOTS, clock, curve
from r2prisk.forecasting.resilience.fits import joint_wald, max_t, regress, solve, t_of
from r2prisk.forecasting.resilience.forms import Form, Scale, declared
from r2prisk.forecasting.resilience.inside import Sample, fitted, on_probabilities, pairwise
from r2prisk.forecasting.resilience.outside import forecast_all, gains
from r2prisk.forecasting.resilience.power import power_of, t_values
from r2prisk.forecasting.resilience.seen import Seen
from r2prisk.scoring import Profile, score

FIRST, LAST = 1995, 2012
PROFILE = Profile.load("default")


@functools.cache
def world(buffer=0.0, grows=0.0, units=60, seed=0):
    """Countries whose log-odds fall by ``buffer`` and ``grows x risk`` a deviation of resilience."""
    draw = np.random.default_rng(seed)
    names = [u for u in load_units() if independent(u, FIRST) and independent(u, LAST)][:units]
    years = range(FIRST, LAST + 1)
    frame = pd.DataFrame([(u, y) for u in names for y in years], columns=["unit", "period"])
    place = np.repeat(draw.normal(size=units), len(years))
    other = np.repeat(draw.normal(size=units), len(years))
    for name in ("1.1", "2.1", "3.1"):
        frame[name] = expit(place + 0.5 * draw.normal(size=len(frame)))
    for name in ("SGS1.1", "SGS2.1"):
        frame[name] = expit(0.7 * other - 0.7 * place + 0.5 * draw.normal(size=len(frame)))
    panel = read_panel(frame)
    both = score(panel).to_frame()[["risk", "resilience"]].to_numpy()
    z, r = ((both - both.mean(axis=0)) / both.std(axis=0)).T
    came = draw.random(len(frame)) < expit(-2.6 + 0.8 * z - buffer * r - grows * z * r)
    rows = pd.DataFrame(index=panel.index).reset_index()
    rows["period"] = rows["period"] + 1
    return panel, read_onsets(rows.assign(onset=came.astype(int)))


@functools.cache
def found_in(first=2013, **of):
    return resilience_test(*world(**of), first=first, power_draws=20)


def table_of(n=900, seed=3):
    draw = np.random.default_rng(seed)
    risk = draw.normal(size=n)
    table = {"risk": risk, "resilience": draw.normal(size=n) - 0.8 * risk, "fall": risk * 0}
    table |= {"high": (risk > 0).astype(float), "under way": (draw.random(n) < 0.2) * 1.0}
    y = (draw.random(n) < expit(-2.0 + risk - 0.5 * table["resilience"])).astype(float)
    return Sample(table, y, np.arange(n) % 45, 45)


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(limits=1):
        yield


# fits


def test_a_two_by_two_table_by_hand():
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [10, 30, 20, 20])
    x = np.column_stack([np.ones(80), np.repeat([0.0, 1.0], 40)])
    found = regress(x, y, np.arange(80), 80)
    assert found.beta[1] == pytest.approx(np.log((20 / 20) / (10 / 30)))
    # of a saturated model the sandwich is 1/a + 1/b + 1/c + 1/d, times the correction
    factor = 80 / 79 * 79 / 78
    assert found.covariance[1, 1] == pytest.approx(factor * (1 / 10 + 1 / 30 + 1 / 20 + 1 / 20))
    assert not found.ridge


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_fits_and_covariances_are_those_of_statsmodels(link):
    pytest.importorskip("statsmodels.api", reason="statsmodels comes with the extra dev")
    import statsmodels.api as sm

    s = table_of()
    names = ("risk", "resilience", "risk * resilience")
    x = Scale.of(s.table, names, s.every).design(s.table, names, s.every)
    of = {"logit": sm.families.links.Logit, "cloglog": sm.families.links.CLogLog}[link]()
    model = sm.GLM(s.outcome, x, family=sm.families.Binomial(link=of))
    theirs = model.fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": s.group})
    ours = regress(x, s.outcome, s.group, s.groups, link=link)
    assert ours.beta == pytest.approx(theirs.params, rel=1e-6)
    assert ours.likelihood == pytest.approx(theirs.llf)
    tolerance = {"logit": 1e-6, "cloglog": 0.03}[link]  # theirs has the observed information
    assert ours.covariance == pytest.approx(
        np.asarray(theirs.cov_params()), rel=tolerance, abs=1e-4
    )
    if link == "logit":
        test = theirs.wald_test(np.eye(4)[1:], use_f=True, scalar=True)
        mine = joint_wald(ours.beta[1:], ours.covariance[1:, 1:], s.groups)
        assert mine == pytest.approx(fisher.sf(float(test.statistic), 3, 44), rel=1e-4, abs=0)


def test_shrunk_fits_are_those_of_scikit_learn():
    s = table_of()
    x = np.column_stack([np.ones(900), s.table["risk"], s.table["resilience"]])
    beta, settled = solve(x, s.outcome, "logit", np.array([0.0, 1.0, 1.0]))
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(x[:, 1:], s.outcome)
    assert settled
    assert beta[1:] == pytest.approx(theirs.coef_[0], rel=1e-4)
    assert beta[0] == pytest.approx(theirs.intercept_[0], rel=1e-4)


def test_max_t_alone_is_near_the_normal_and_grows_with_company():
    draw = np.random.default_rng(1)
    u, signs = draw.normal(size=(80, 6)), draw.choice([-1.0, 1.0], size=(4000, 80))
    t = np.array([1.0, -2.0, 2.5, 0.0, 0.5, -0.3])
    alone = [max_t(u[:, [k]], t[[k]], signs)[0] for k in range(6)]
    assert alone == pytest.approx(2 * norm.sf(np.abs(t)), abs=0.02)
    among = max_t(u, t, signs)
    assert (among >= np.array(alone) - 1e-9).all()
    assert among[2] == pytest.approx(1 - (1 - alone[2]) ** 6, abs=0.03)  # nearly independent
    twins = max_t(np.column_stack([u[:, 0], u[:, 0]]), np.array([2.0, 2.0]), signs)
    assert twins[0] == max_t(u[:, :1], np.array([2.0]), signs)[0]


# what a row knows


def test_quiet_years_are_counted_from_the_last_episode_or_from_entry():
    rows = pd.MultiIndex.from_product(
        [["GHA", "SDN"], pd.period_range("2000", "2005", freq="Y")], names=["unit", "period"]
    )
    episodes = pd.DataFrame({"unit": ["SDN"], "first": [2001], "last": [2002]})
    years, under_way, yet = clock(rows, read_onsets(episodes, first=2000, known=2005))
    assert years.tolist() == [0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 2, 3]
    assert under_way.tolist() == [0] * 6 + [0, 1, 1, 0, 0, 0]
    assert yet.tolist() == [1] * 6 + [1, 0, 0, 0, 0, 0]


def test_the_curve_is_straight_beyond_its_knots_and_bends_between():
    t = np.log1p(KNOTS[-1]) + np.array([0.1, 0.4, 0.7])
    assert np.diff(curve(np.expm1(t)), n=2, axis=0) == pytest.approx(0.0, abs=1e-9)
    inside = np.expm1(np.array([1.9, 2.2, 2.5]))
    assert np.abs(np.diff(curve(inside)[:, 1], n=2)).min() > 1e-3


def test_a_state_that_continues_another_has_its_years():
    years = [("SUN", 1990, 0.2), ("SUN", 1991, 0.4), ("RUS", 1992, 0.5), ("RUS", 1994, 0.9)]
    frame = pd.DataFrame(years, columns=["unit", "period", "SGS1.1"]).assign(**{"1.1": 0.5})
    onsets = read_onsets(pd.DataFrame({"unit": ["RUS"], "first": [1994]}), first=1990)
    made = Seen(PROFILE, 1990).features(read_panel(frame), onsets)
    assert made.loc["RUS", "resilience 1 back"].tolist()[:1] == [0.4]
    assert made.loc["RUS", "fall"].iloc[1] == pytest.approx(0.4 - 0.9)


def test_nothing_seen_changes_when_the_future_is_taken_away():
    panel, onsets = world(units=30)
    frame = panel.to_frame().reset_index()
    late = np.where(frame["period"].astype(str) >= "2011", 0.5, np.nan)  # a factor rated late
    panel = read_panel(frame.assign(**{"SGS5.1": late}))
    seen = Seen(PROFILE, FIRST)
    whole = seen.features(panel, onsets)
    cut = seen.features(panel.select(last=2004), onsets.until(2004))
    pd.testing.assert_frame_equal(whole.loc[cut.index], cut)


def test_the_theory_is_what_it_says():
    made = Seen(PROFILE, FIRST).features(*world(units=30))
    risk, resilience = made["risk"], made["resilience"]
    assert made["risk x (1 - resilience)"].equals(risk * (1 - resilience))
    assert ((risk - made["residual 0.5"]) >= (risk - made["residual 0.1"]) - 1e-12).all()
    # 0.2 a link is what the default profile has
    default = score(world(units=30)[0]).to_frame()["residual_risk"]
    assert made["residual 0.2"].to_numpy() == pytest.approx(default.to_numpy())
    assert made["mean of risk and 1 - resilience"].iloc[0] == (risk + 1 - resilience).iloc[0] / 2
    share = made["high"].groupby("period").mean()
    assert share.to_numpy() == pytest.approx(1 / 3, abs=0.04)


# inside


def test_a_coefficient_is_of_one_deviation_and_a_fall_has_the_other_sign():
    s = table_of()
    s.table["fall"] = -s.table["resilience"]
    level = fitted(Form("level", "", ("resilience",)), s)[0]
    fall = fitted(Form("fall", "", ("fall",), protects=1), s)[0]
    assert level["coefficient"] == pytest.approx(-fall["coefficient"])
    assert level["sign"] == fall["sign"] == "protective"
    wide = {**s.table, "resilience": 7 * s.table["resilience"]}
    wide = Sample(wide, s.outcome, s.group, s.groups)
    again = fitted(Form("level", "", ("resilience",)), wide)[0]
    assert again["coefficient"] == pytest.approx(level["coefficient"])
    assert level["low"] < level["coefficient"] < level["high"]
    assert level["p"] < 0.05
    assert level["p_lr"] < 0.05


def test_on_probabilities_an_additive_pair_has_the_cross_effect_of_the_curve():
    s = table_of()
    form = Form("interaction", "interaction", ("risk * resilience",), main=("resilience",))
    row, influence = on_probabilities(form, s)
    names = ("risk", "resilience", "risk * resilience")
    x = Scale.of(s.table, names, s.every).design(s.table, names, s.every)
    beta = regress(x, s.outcome, s.group, s.groups).beta
    step = 1e-3

    def p(dr, ds):
        r, h = x[:, 1] + dr, x[:, 2] + ds
        return expit(np.column_stack([np.ones(len(r)), r, h, r * h]) @ beta)

    cross = (p(step, step) - p(step, -step) - p(-step, step) + p(-step, -step)) / (4 * step**2)
    assert row["coefficient"] == pytest.approx(cross.mean(), rel=1e-3)
    assert influence.shape == (45,)
    assert t_of(np.array([row["coefficient"]]), influence[:, None])[0] < 0


def test_rows_apart_are_the_rows_said():
    s = table_of()
    for rows, mark in (("high", s.table["high"] == 1), ("quiet", s.table["under way"] == 0)):
        assert (Form("x", "", ("resilience",), rows=rows).keep(s.table) == mark).all()
    s.table["fall"] = np.where(np.arange(900) < 5, np.nan, 0.0)
    assert Form("x", "", ("risk * fall",)).keep(s.table).sum() == 895


def test_among_linked_pairs_the_largest_allows_for_all():
    draw = np.random.default_rng(4)
    s = table_of(2000)
    names = ["RF1", "RF2", "RF3", "SGS1", "SGS2"]
    s.table.update({name: draw.normal(size=2000) for name in names})
    odds = -2.0 + s.table["risk"] - 0.5 * s.table["RF1"] * s.table["SGS2"]
    s = Sample(s.table, (draw.random(2000) < expit(odds)).astype(float), s.group, 45)
    signs = draw.choice([-1.0, 1.0], size=(999, 45))
    pairs = [("SGS1", "RF2"), ("SGS1", "RF3"), ("SGS2", "RF1"), ("SGS2", "RF3")]
    table, rows = pairwise(pairs, s, signs)
    top = table.loc[("RF1", "SGS2")]
    assert rows["buffering by factor, the largest"]["coefficient"] == top["coefficient"] < 0
    assert rows["buffering by factor, the largest"]["p"] == top["p_max"] < 0.05
    assert rows["buffering by factor, together"]["p"] < 0.05
    rest = table.drop(("RF1", "SGS2"))
    assert (rest["p_max"] > rest["p"]).all()


# outside


def test_gains_are_those_of_compare():
    panel, onsets = world(buffer=0.8, units=30)
    forms = [Form("additive", "level", ("resilience",))]
    targets = pd.period_range("2008", "2010", freq="Y")
    rivals = forecast_all(panel, onsets, Seen(PROFILE, FIRST), forms, targets, horizon=1)
    frame = rivals["additive"].frame
    found = gains(rivals, np.random.default_rng(0)).loc["additive"]
    pair = {n: frame.assign(probability=frame[n]) for n in ("without", "with")}
    theirs = compare(pair, rng=0).differences
    for ours, name in (("auc", "auc"), ("log", "log_score"), ("brier", "brier")):
        row = theirs.loc[(name, "with")]
        assert found[f"{ours}_gain"] == pytest.approx(row["difference"])
        assert found[f"{ours}_low"] == pytest.approx(row["low"], abs=1e-6)
        assert found[f"{ours}_high"] == pytest.approx(row["high"], abs=1e-6)
    assert found["forecast_rows"] == 90


def test_a_forecast_is_a_shrunk_fit_of_the_years_before_alone():
    panel, onsets = world(units=45)
    seen, target = Seen(PROFILE, FIRST), pd.PeriodIndex(["2008"], freq="Y")
    forms = [Form("additive", "level", ("resilience",))]
    rivals = forecast_all(panel, onsets, seen, forms, target, horizon=1)["additive"].frame
    made = seen.features(panel, onsets)[["risk", "resilience"]]
    year = made.index.get_level_values("period").year
    past, today = made[year <= 2006], made[year == 2007]
    y = onsets.outcomes(past.index).to_numpy()
    z = (past - past.mean()) / past.std(ddof=0)
    model = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(z.to_numpy(), y)
    m = model.decision_function(z.to_numpy())
    ahead = model.decision_function(((today - past.mean()) / past.std(ddof=0)).to_numpy())
    shift = np.log(rivals["with"] / (1 - rivals["with"])) - ahead
    assert np.ptp(shift) < 1e-3
    assert expit(m + shift.mean()).sum() == pytest.approx(y.sum() + 0.5, rel=1e-3)  # 12 years < 15


def test_later_outcomes_change_no_earlier_forecast():
    panel, onsets = world(units=30)
    rows = onsets.table
    late = pd.DataFrame(index=panel.index).reset_index()
    late["period"] = late["period"] + 1
    marked = late.merge(rows.assign(onset=1), how="left").fillna({"onset": 0})
    turned = marked["onset"].where(marked["period"] <= "2008", 1 - marked["onset"])
    other = read_onsets(marked.assign(onset=turned.astype(int)))
    seen, target = Seen(PROFILE, FIRST), pd.PeriodIndex(["2009"], freq="Y")
    forms = declared(["SGS1", "SGS2"], [("SGS2", "RF1")])[::3]
    a = forecast_all(panel, onsets, seen, forms, target, horizon=1)
    b = forecast_all(panel, other, seen, forms, target, horizon=1)
    for form in forms:
        columns = ["unit", "without", "with"]
        pd.testing.assert_frame_equal(a[form.name].frame[columns], b[form.name].frame[columns])
        assert (a[form.name].frame["outcome"] != b[form.name].frame["outcome"]).all()


def test_an_unfitted_form_is_ranked_against_the_risk_that_it_stands_in_for():
    panel, onsets = world(units=30)
    seen, target = Seen(PROFILE, FIRST), pd.PeriodIndex(["2009"], freq="Y")
    forms = [form for form in declared([], []) if form.instead and form.family == "apart"]
    made = seen.features(panel, onsets).xs(pd.Period("2008", "Y"), level="period")
    found = forecast_all(panel, onsets, seen, forms, target, horizon=1)[forms[0].name].frame
    assert len(forms) == 1
    assert found["without_order"].tolist() == made["risk apart"].tolist()
    product = made["risk apart"] * (1 - made["resilience"])
    assert found["with_order"].to_numpy() == pytest.approx(product.to_numpy())


def test_windows_with_too_few_onsets_are_counted_and_not_forecast():
    panel, onsets = world(units=30)
    forms = [Form("additive", "level", ("resilience",))]
    targets = pd.PeriodIndex(["1997"], freq="Y")
    found = forecast_all(panel, onsets, Seen(PROFILE, FIRST), forms, targets, horizon=1)["additive"]
    assert (len(found.frame), found.early) == (0, 30)
    assert gains({"additive": found}, np.random.default_rng(0))["forecast_rows"].tolist() == [0]


# power


def test_many_fits_at_once_are_the_fits_one_by_one():
    s = table_of()
    draw = np.random.default_rng(5)
    x = np.column_stack([np.ones(900), s.table["risk"], s.table["resilience"]])
    y = (draw.random((900, 4)) < expit(-2 + x[:, 1:2])).astype(float)
    found = t_values(x, y, s, np.zeros(3))
    for n in range(4):
        one = regress(x, y[:, n], s.group, s.groups)
        assert found[n] == pytest.approx(one.beta[2] / np.sqrt(one.covariance[2, 2]), rel=1e-5)


def test_power_rises_with_the_effect_and_is_the_level_without_one():
    names = ("additive", "interaction")
    draw = np.random.default_rng(0)
    power = power_of(table_of(400), tests=names, forms=30, draws=150, rng=draw)
    power = power.set_index("planted")
    assert (power["seen_holm"] <= power["seen"]).all()
    assert (power["seen_holm"] < power["seen"]).any()
    for name in names:
        part = power.loc[name].set_index("lowers")
        none = part.loc[0.0, "seen"] + part.loc[0.0, "reverse"]
        assert 0.01 < none < 0.12
        assert part.loc[0.0, "seen"] < part.loc[0.25, "seen"] < part.loc[0.5, "seen"]
    assert power.loc["additive"].set_index("lowers").loc[0.7, "seen"] > 0.95


# the whole


def test_a_planted_buffer_is_found_and_earns_its_place():
    found = found_in(buffer=1.2, units=45, first=2011)
    row = found.table.loc["additive"]
    assert row["sign"] == "protective"
    assert row["p_holm"] < 0.05
    assert row["p_max"] < 0.05
    assert row["high"] < 0 < row["log_low"]
    assert row["low"] < -1.2 < row["high"]
    assert "additive" in found.sentences[-1]
    assert found.sentences[-1].startswith("Resilience earns a place in the forecast")
    assert "no evidence that resilience does harm" not in " ".join(found.sentences)


def test_no_effect_and_little_power_is_not_called_no_effect():
    found = found_in(units=30)
    assert not (found.table["p_holm"] < 0.05).any()
    assert found.smallest["additive"] > 0.25
    said = " ".join(found.sentences)
    assert "cannot tell" in said
    assert "earns no place" in found.sentences[-1]
    assert not (found.table["p_reality"] < 0.05).any()


def test_the_table_counts_every_form_and_shows_itself():
    found = found_in(buffer=1.2, units=45, first=2011)
    assert found.provenance["forms"] == len(found.table) == found.table.index.nunique()
    families = {"level", "factor", "interaction", "buffering", "erosion", "lagged", "high risk"}
    assert set(found.table["family"]) == families | {
        *("first outbreaks", "duration", "theory", "apart")
    }
    tests = int(found.table["p"].notna().sum())
    ratio = found.table["p_holm"] / found.table["p"]
    assert ratio.loc[found.table["p"].idxmin()] == pytest.approx(tests)
    theory = found.table[found.table["fit"] == "none"]
    assert len(theory) == 6  # one of them beside risk without missing resilience
    assert theory["p"].tolist() == theory["p_auc"].tolist()
    assert ((theory["sign"] == "better order") == (theory["auc_gain"] > 0)).all()
    c = found.collinearity
    assert c["variance_inflation"] == pytest.approx(1 / (1 - c["correlation"] ** 2))
    text, page = repr(found), found._repr_html_()
    assert "Does resilience matter?" in text
    assert "links have a factor never rated" in page
    assert f"{len(found.table)} forms" in text
    assert page.count("</table>") == 5  # the chief forms, and the four to unfold
    assert "<0.001" not in page  # escaped
    assert found.aside.loc[found.aside["form"] == "fall"].empty
    lost = found.aside.set_index("form").loc["level 5 years before", "rows"]
    assert lost == 45 * 5


def test_the_same_seed_gives_the_same_and_another_does_not():
    panel, onsets = world(units=30)
    again = resilience_test(panel, onsets, first=2013, power_draws=20)
    pd.testing.assert_frame_equal(again.table, found_in(units=30).table)
    pd.testing.assert_frame_equal(again.power, found_in(units=30).power)
    assert again.provenance == found_in(units=30).provenance


def test_all_that_is_wrong_is_said_at_once():
    panel, onsets = world(units=30)
    with pytest.raises(InputError) as error:
        resilience_test(panel, onsets, horizon=3, since="x", power_draws=1, rng=-1, first="soon")
    assert len(error.value.problems) == 5
    with pytest.raises(InputError, match="first: 2010 lies after last: 2009"):
        resilience_test(panel, onsets, first=2010, last=2009)
    with pytest.raises(InputError, match="outcomes are known to 2013, not for 2014"):
        resilience_test(panel, onsets, last=2014)
    few = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2000]}), first=1995, known=2012)
    with pytest.raises(InputError, match="10 of both are needed"):
        resilience_test(panel, few)
    bare = read_panel(panel.to_frame()[["1.1", "2.1"]].reset_index())
    with pytest.raises(InputError, match="panel: no resilience indicator is rated"):
        resilience_test(bare, onsets)
    with pytest.raises(InputError, match="nothing is seen before 2000, too late for 1999"):
        resilience_test(panel, onsets, first=1999, since=2000)


def test_what_is_missing_resilience_in_risk_is_taken_out_of_it():
    panel, onsets = world(units=30)
    draw = np.random.default_rng(0)
    frame = panel.to_frame().reset_index()
    for name in ("6.1", "9.1", "9.6"):
        frame[name] = draw.random(len(frame))
    made = Seen(PROFILE, FIRST).features(read_panel(frame), onsets)
    left = read_panel(frame.drop(columns=["3.1", "6.1", "9.6"]))
    assert made["risk apart"].to_numpy() == pytest.approx(score(left).to_frame()["risk"].to_numpy())
    assert not made["risk apart"].equals(made["risk"])
    # weights of one's own stay as they are
    own = PROFILE.replace(name="own", weights={"factors": {"RF1": 3.0}})
    made = Seen(own, FIRST).features(read_panel(frame), onsets)
    theirs = score(left, profile=own).to_frame()["risk"]
    assert made["risk apart"].to_numpy() == pytest.approx(theirs.to_numpy())


def test_a_profile_without_links_is_no_obstacle():
    panel, onsets = world(units=30)
    bare = PROFILE.replace(name="bare", inhibition={"kappa": {}})
    found = resilience_test(panel, onsets, profile=bare, first=2010, last=2010, power_draws=20)
    assert "additive, SGS2" in found.table.index  # factors are the framework's, not the links'
    assert not found.table.index.str.startswith(("residual", "buffering")).any()
    assert found.pairs.empty
    why = found.aside.set_index("form")["why"]
    assert why["residual"] == "the profile holds nothing down"
    assert why["buffering by factor, together"] == "the profile links no factors"


def test_two_periods_ahead_the_reverse_is_said_with_care_and_rows_are_counted():
    panel, onsets = world(buffer=-0.9, units=30)
    frame = panel.to_frame().reset_index()
    frame.loc[frame["period"] == "1997", ["SGS1.1", "SGS2.1"]] = np.nan
    marked = panel.index.to_frame(index=False)
    marked["period"] = marked["period"] + 1
    marked = marked.merge(onsets.table.assign(onset=1), how="left").fillna({"onset": 0})
    untold = read_onsets(marked[["unit", "period", "onset"]].assign(ongoing=np.nan))
    options = {"first": 2012, "horizon": 2, "power_draws": 20, "rng": 3}
    found = resilience_test(read_panel(frame), untold, **options)
    why = found.aside.set_index("why")["rows"]
    assert why["no resilience score"] == 30
    assert why["unknown whether an episode was under way: kept, as quiet"] > 0
    assert found.provenance["last"] == "2012"  # known to 2013, two ahead
    known = frame["SGS1.1"].notna().to_numpy()
    y = onsets.outcomes(panel.index, horizon=2).to_numpy()
    assert found.provenance["onsets_in_rows"] == np.nansum(y[known])
    assert found.table.loc["additive", "p_holm"] < 0.05
    assert found.table.loc["additive", "sign"] == "the reverse"
    said = " ".join(found.sentences)
    assert "no evidence that resilience does harm" in said
    assert "not shown to be an effect of resilience" in found.sentences[-1]
    assert "Of protection" in found.sentences[-1]
    assert "missing resilience taken out of risk (RF3, RF6, 9.6)" in said


def test_a_score_of_a_few_of_the_usual_indicators_is_set_aside():
    panel, onsets = world(units=30)
    frame = panel.to_frame().reset_index()
    extra = {"SGS1.2": 0.5, "SGS3.1": 0.5, "SGS6.1": 0.5, "SGS6.2": 0.5}
    few = frame["unit"] == frame["unit"].iloc[0]
    frame = frame.assign(**{name: np.where(few, np.nan, v) for name, v in extra.items()})
    frame.loc[few, "SGS2.1"] = np.nan
    made = Seen(PROFILE, FIRST).features(read_panel(frame), onsets)
    assert (made["thin"] == 1).to_numpy().sum() == few.sum()
    assert made["resilience"].isna().groupby("unit").all().sum() == 1
