"""How far the choices behind a score are varied: declared sizes, each with its reason."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from r2prisk.catalogue.faults import faults
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Text
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError
from r2prisk.scoring.choices import Choice, Positive, Share

GROUPS = (
    "evidence",
    "indicator_weights",
    "factor_weights",
    "exponents",
    "kappa",
    "form",
    "unknown",
)
"""The groups of assumptions that can vary."""

Exponent = Annotated[float, Field(ge=1.0, le=100.0, allow_inf_nan=False)]
Across = Annotated[float, Field(ge=0.1, le=100.0, allow_inf_nan=False)]
Multiple = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class WeightPriors(Choice):
    """Concentrations of the Dirichlet distributions of weights, for an average weight, > 0."""

    indicators: Positive
    factors: Positive


class ExponentPriors(Choice):
    """Ranges of exponents, and the number of values drawn within factors.

    Across factors a draw may lie below 1, down to 0.1, although a profile may not: without
    exponents on both sides of 1, every draw would stand on one side of a profile that has 1.
    """

    within: tuple[Exponent, Exponent]
    across: tuple[Across, Across]
    steps: Annotated[int, Field(ge=1, le=100)]


class KappaPriors(Choice):
    """Ranges by which kappa are multiplied: all by one number, and each by its own."""

    together: tuple[Multiple, Multiple]
    each: tuple[Multiple, Multiple]


class FormPriors(Choice):
    """Probability of the profile's own form; the others share the rest evenly."""

    own: Share


class UnknownPriors(Choice):
    """How unknown levels move together, and how far their mean is moved towards 0.5."""

    together: Share
    pull: Share


class MissingPriors(Choice):
    """Probability of the profile's own missing rule; the other two share the rest evenly."""

    own: Share


class Priors(Choice):
    """Sizes of the doubts about a score, as ``uncertainty.toml`` declares them.

    Parameters
    ----------
    weights : WeightPriors
        Concentration of ``indicators`` and ``factors``: the larger, the less weights vary.
    exponents : ExponentPriors
        Ranges ``within`` and ``across`` factors; ``steps``, the number of values within.
    kappa : KappaPriors
        Multiples of all kappa ``together`` and of ``each``.
    form : FormPriors
        Probability of the profile's ``own`` form.
    unknown : UnknownPriors
        Probability that a factor's level stands where a number common to all factors of the row
        has it, ``together``; how far levels are moved towards the middle, ``pull``.
    missing : MissingPriors
        Probability of the profile's ``own`` missing rule; only ``sensitivity`` draws another.
    reasons : dict of str to str
        Why each size is what it is, by ``table.key``; a size without one is refused.

    Examples
    --------
    >>> load_priors().exponents.within
    (1.0, 4.0)
    >>> load_priors().replace(weights={"indicators": 16.0}).weights.factors
    9.0
    """

    weights: WeightPriors
    exponents: ExponentPriors
    kappa: KappaPriors
    form: FormPriors
    unknown: UnknownPriors
    missing: MissingPriors
    reasons: dict[str, Text]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        sizes = self._sizes()
        wrong = [f"{name} has no reason" for name in sizes if name not in self.reasons]
        wrong += [f"there is no size {name}" for name in self.reasons if name not in sizes]
        wrong += [
            f"{name} must run from low to high, found {list(size)}"
            for name, size in sizes.items()
            if isinstance(size, tuple) and size[0] > size[1]
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def replace(self, **changes: Any) -> Self:
        """Return a changed copy, checked like a new one; of a table only what is named changes.

        A size that changes has the reason that ``reasons`` gives for it; where it gives none, that
        the user changed it, and from what.

        Raises
        ------
        InputError
            With every unknown key (nearest named) and every value that is not allowed.

        Examples
        --------
        >>> load_priors().replace(kappa={"together": (0.0, 0.1)}).reasons["kappa.together"]
        'changed by the user: 0.0 to 0.1 in place of 0.0 to 2.0'
        """
        content = self.model_dump()
        for key, value in changes.items():
            nested = isinstance(value, dict) and isinstance(content.get(key), dict)
            content[key] = {**content[key], **value} if nested else value
        try:
            made = type(self).model_validate(content)
        except ValidationError as error:
            raise InputError("priors", faults(error, type(self), content)) from None
        own = changes.get("reasons", {})
        before, after = self._sizes(), made._sizes()
        reasons = {
            name: f"changed by the user: {_words(size)} in place of {_words(before[name])}"
            for name, size in after.items()
            if size != before[name] and name not in own
        }
        return made.model_copy(update={"reasons": {**made.reasons, **reasons}})

    def _sizes(self) -> dict[str, Any]:
        """Return each size by ``table.key``."""
        tables = self.model_dump(exclude={"reasons"})
        return {
            f"{table}.{key}": size for table, keys in tables.items() for key, size in keys.items()
        }


def _words(size: Any) -> str:
    return " to ".join(map(str, size)) if isinstance(size, tuple) else str(size)


@lru_cache(maxsize=1)
def _declared() -> Priors:
    return read_toml(data_file("uncertainty.toml"), Priors)


def load_priors(path: str | os.PathLike[str] | None = None) -> Priors:
    """Return the declared sizes of the doubts about a score, or those of another file.

    Parameters
    ----------
    path : str or path-like, optional
        A TOML file like ``uncertainty.toml``; the declared sizes if not given.

    Returns
    -------
    Priors
        Frozen, each size with its reason.

    Raises
    ------
    InputError
        If there is no such path, or the file cannot be read or has faults: all of them, each with
        its place.

    Examples
    --------
    >>> load_priors().kappa.together
    (0.0, 2.0)
    """
    if path is None:
        return _declared()
    try:
        place = Path(path)
    except TypeError:
        found = f"needs the path of a TOML file, found {path!r}"
        raise InputError("priors", [found]) from None
    return read_toml(place, Priors)
