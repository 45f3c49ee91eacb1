"""The forms in which resilience may matter, each declared before any outcome is looked at."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from r2prisk.forecasting.resilience.fits import Link
from r2prisk.forecasting.resilience.seen import APART, BACK, KAPPAS

Floats = NDArray[np.float64]
Table = Mapping[str, Floats]
Rows = Literal["all", "high", "quiet"]

CLOCK = ("under way", "no episode yet", "quiet 0", "quiet 1", "quiet 2")


@dataclasses.dataclass(frozen=True)
class Form:
    """One way in which resilience may matter.

    Parameters
    ----------
    name, family : str
        How the table names it.
    terms : tuple of str
        What is tested; ``a * b`` is the product of two columns in deviations.
    base : tuple of str
        What is known without resilience: the forecast that it must beat.
    main : tuple of str
        Resilience terms that stand beside those tested, such as the level beside a product.
    protects : int
        Sign of the coefficient if resilience protects.
    link : {"logit", "cloglog"}
        Of the regression.
    rows : {"all", "high", "quiet"}
        All rows, those at high risk, or those without an episode under way.
    instead : bool
        Whether the term stands in place of the base, unfitted.
    """

    name: str
    family: str
    terms: tuple[str, ...]
    base: tuple[str, ...] = ("risk",)
    main: tuple[str, ...] = ()
    protects: int = -1
    link: Link = "logit"
    rows: Rows = "all"
    instead: bool = False

    @property
    def columns(self) -> list[str]:
        """The columns that a row must have."""
        names = [part for name in (*self.base, *self.main, *self.terms) for part in split(name)]
        return list(dict.fromkeys(names))

    def keep(self, table: Table) -> NDArray[np.bool_]:
        """Mark the rows that the form is about and that have all its columns."""
        about = {"all": table["high"] >= 0, "high": table["high"] == 1}
        about["quiet"] = table["under way"] == 0
        keep = [about[self.rows], *(~np.isnan(table[name]) for name in self.columns)]
        return np.asarray(np.all(keep, axis=0))


def split(name: str) -> list[str]:
    """Return the columns of a term.

    Examples
    --------
    >>> split("risk * fall")
    ['risk', 'fall']
    """
    return name.split(" * ")


def declared(factors: Collection[str], pairs: Sequence[tuple[str, str]]) -> list[Form]:
    """Return every form of the table but those that single out one linked pair.

    Parameters
    ----------
    factors : collection of str
        Resilience factors that are rated.
    pairs : sequence of (str, str)
        Linked resilience and risk factors that are rated; without any the joint form of all
        products is left out.

    Examples
    --------
    >>> [form.name for form in declared(["SGS1"], [])][:3]
    ['additive', 'additive, risk curved', 'additive, within the period']
    """
    r, s = "risk", "resilience"
    level, bent, within = "level", (r, f"{r} * {r}"), ("risk within",)
    forms = [
        Form("additive", level, (s,)),
        Form("additive, risk curved", level, (s,), base=bent),
        Form("additive, within the period", level, ("resilience within",), base=within),
        *(Form(f"additive, {name}", "factor", (name,)) for name in factors),
        Form("interaction", "interaction", (f"{r} * {s}",), main=(s,)),
        Form("interaction, risk curved", "interaction", (f"{r} * {s}",), bent, (s,)),
        Form("erosion", "erosion", ("fall",), protects=1),
        Form("erosion, beside the level", "erosion", ("fall",), main=(s,), protects=1),
        Form("erosion x risk", "erosion", (f"{r} * fall",), main=("fall",), protects=1),
        *(Form(f"level {n} years before", "lagged", (f"{s} {n} back",)) for n in BACK),
        Form("high risk, additive", "high risk", (s,), rows="high"),
        Form("high risk, interaction", "high risk", (f"{r} * {s}",), main=(s,), rows="high"),
        Form("high risk, erosion", "high risk", ("fall",), protects=1, rows="high"),
    ]
    product, quiet = (f"{r} * {s}",), "no episode under way"
    outbreak = "first outbreaks"
    forms += [
        Form(f"{quiet}, additive", outbreak, (s,), rows="quiet"),
        Form(f"{quiet}, interaction", outbreak, product, main=(s,), rows="quiet"),
        Form(f"{quiet}, interaction, risk curved", outbreak, product, bent, (s,), rows="quiet"),
    ]
    base = (r, *CLOCK)
    hazard = "duration"
    forms += [
        Form("hazard, additive", hazard, (s,), base, link="cloglog"),
        Form("hazard, interaction", hazard, product, base, (s,), link="cloglog"),
        Form(
            "hazard, interaction, risk curved",
            hazard,
            product,
            (*base, bent[1]),
            (s,),
            link="cloglog",
        ),
        Form("hazard, erosion", hazard, ("fall",), base, protects=1, link="cloglog"),
    ]
    if len(factors) > 1:
        forms.append(Form("additive, all factors together", "factor", tuple(factors)))
    if pairs:
        forms.append(together(pairs))
    theory = [f"residual {share}" for share in KAPPAS]
    theory += ["risk x (1 - resilience)", "mean of risk and 1 - resilience"]
    forms += [Form(name, "theory", (name,), instead=True) for name in theory]
    return [*forms, *_apart()]


def _apart() -> list[Form]:
    """Return the forms beside risk from which missing resilience is taken out."""
    r, s, family = "risk apart", "resilience", "apart"
    bent, product = (r, f"{r} * {r}"), (f"{r} * {s}",)
    return [
        Form(f"{APART}: additive", family, (s,), (r,)),
        Form(f"{APART}: interaction", family, product, (r,), (s,)),
        Form(f"{APART}: interaction, risk curved", family, product, bent, (s,)),
        Form(
            f"{APART}: risk x (1 - resilience)",
            family,
            (f"{r} x (1 - resilience)",),
            (r,),
            instead=True,
        ),
    ]


def buffers(pairs: Sequence[tuple[str, str]], *, curved: bool = False) -> list[Form]:
    """Return one form for each linked pair: the product, beside risk and both factors.

    Parameters
    ----------
    pairs : sequence of (str, str)
        Resilience factor and risk factor.
    curved : bool
        Let the risk factor bend: add its square to what is known without resilience.

    Examples
    --------
    >>> buffers([("SGS1", "RF3")])[0].terms
    ('RF3 * SGS1',)
    """
    return [
        Form(
            f"{k} x {s}",
            "buffering",
            (f"{k} * {s}",),
            base=("risk", k, f"{k} * {k}") if curved else ("risk", k),
            main=(s,),
        )
        for s, k in pairs
    ]


def together(pairs: Sequence[tuple[str, str]]) -> Form:
    """Return the form with all linked products at once.

    Examples
    --------
    >>> together([("SGS1", "RF3"), ("SGS1", "RF7")]).base
    ('risk', 'RF3', 'RF7')
    """
    risks = tuple(dict.fromkeys(k for _, k in pairs))
    held = tuple(dict.fromkeys(s for s, _ in pairs))
    products = tuple(f"{k} * {s}" for s, k in pairs)
    return Form("buffering by factor, together", "buffering", products, ("risk", *risks), held)


@dataclasses.dataclass(frozen=True, eq=False)
class Scale:
    """Means and deviations of columns over the rows that are learned from.

    Parameters
    ----------
    mean, deviation : dict of str to float
        By column; a column that never moves has deviation 1.
    """

    mean: dict[str, float]
    deviation: dict[str, float]

    @classmethod
    def of(cls, table: Table, names: Sequence[str], rows: NDArray[np.bool_]) -> Scale:
        """Learn the columns of some terms from the marked rows."""
        parts = {part: table[part][rows] for name in names for part in split(name)}
        spread = {part: float(values.std()) for part, values in parts.items()}
        mean = {part: float(values.mean()) for part, values in parts.items()}
        return cls(mean, {part: wide if wide > 1e-9 else 1.0 for part, wide in spread.items()})

    def design(self, table: Table, names: Sequence[str], rows: NDArray[np.bool_]) -> Floats:
        """Return a column of ones and each term in deviations, of the marked rows."""
        z = {
            part: (table[part][rows] - self.mean[part]) / self.deviation[part]
            for name in names
            for part in split(name)
        }
        terms = [np.prod([z[part] for part in split(name)], axis=0) for name in names]
        return np.column_stack([np.ones(int(rows.sum())), *terms])
