"""Names of features in the Framework's own words."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pandas as pd

from r2prisk.catalogue import load_framework

PLAIN = {
    "base rate": "Base rate of recent years, of a row at the mean of every column",
    "risk": "Risk: mean of the Framework's risk factors, fixed ranges",
    "standing": "Standing: the same mean over percentiles within the period",
    "neighbours mean": "Mean standing of the land neighbours",
    "neighbours worst": "Highest standing among the land neighbours",
    "episode ongoing": "An episode of mass killing is under way",
    "episodes past": "Years with an episode of mass killing, fading by half in 20 years",
    "neighbours onsets": "Recent onsets in neighbouring countries, fading by half in 3 years",
    "group scores": "Risk and standing: trees",
    "group neighbours": "Neighbouring countries: trees",
    "group episodes": "Episodes of mass killing, past and present: trees",
}
"""What the features that are no indicator are called."""

ENDINGS = {
    "rise": "{title}: change over three years",
    "memory": "{title}: mean presence, fading by half in five years",
}

GROUPS = {"risk": "scores", "standing": "scores", "episode": "episodes"}
"""Groups of features that are no factor's, by their first word."""


def words_of(feature: str, *, framework: str | os.PathLike[str] = "un-foa-2014") -> str:
    """Return what a feature is, in the words of the Framework.

    Parameters
    ----------
    feature : str
        A column of :func:`onset_features`, or of the contributions of a model.
    framework : str or path
        The framework whose indicators and factors are meant, or the file of a user's own.

    Returns
    -------
    str
        The label; a column that is not known keeps its name.

    Raises
    ------
    InputError
        If there is no such framework.

    Examples
    --------
    >>> words_of("1.1")
    'Armed conflict between or within states'
    >>> words_of("RF2 memory")[-43:]
    'mean presence, fading by half in five years'
    >>> words_of("episode ongoing")
    'An episode of mass killing is under way'
    """
    return _words(feature, _labels(framework))


def labelled(
    features: Iterable[str], *, framework: str | os.PathLike[str] = "un-foa-2014"
) -> pd.MultiIndex:
    """Return features beside their words, as columns ``id`` and ``label``."""
    labels = _labels(framework)
    pairs = [(feature, _words(feature, labels)) for feature in features]
    return pd.MultiIndex.from_tuples(pairs, names=["id", "label"])


def groups_of(features: Iterable[str]) -> dict[str, list[int]]:
    """Return the places of the features of each factor; scores, neighbours, episodes apart.

    Examples
    --------
    >>> groups_of(["risk", "7.10", "7.2", "RF7 rise", "neighbours mean", "SGR1.2"])
    {'scores': [0], '7': [1, 2, 3], 'neighbours': [4], 'SGR1': [5]}
    """
    found: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        # indicators of the UN Framework are numbered as their factor, without its letters
        first = feature.split(" ")[0].split(".")[0].removeprefix("RF")
        found.setdefault(GROUPS.get(first, first), []).append(place)
    return found


def _labels(framework: str | os.PathLike[str]) -> dict[str, str]:
    loaded = load_framework(framework)
    indicators = {i.id: i.label for i in loaded.indicators}
    return indicators | {f.id: f.title for f in loaded.factors}


def _words(feature: str, labels: dict[str, str]) -> str:
    """Return the words of a feature; the score itself is told from a correction on its column."""
    if feature.startswith("score: "):
        return f"{_words(feature.removeprefix('score: '), labels)} (what is corrected)"
    if feature in PLAIN:
        return PLAIN[feature]
    if feature.startswith("group "):
        name = feature.removeprefix("group ")
        return f"{labels.get(name) or labels.get(f'RF{name}') or name}: trees"
    stem, _, ending = feature.rpartition(" ")
    if stem in labels and ending in ENDINGS:
        return ENDINGS[ending].format(title=labels[stem])
    return labels.get(feature, feature)
