"""What made the scores, in words and names that can be looked up."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from r2prisk.scoring import Profile, Scores


def method_of(scores: Scores) -> dict[str, tuple[str, ...]]:
    """Return what made scores: choices, editions, hashes, call, sources and what was left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": 2003, "1.1": [0.9]}))
    >>> found = method_of(score(panel))
    >>> found["Profile"][0], found["Unknown indicators"][0][:22]
    ('default (version 2)', 'rated-only: the scores')
    """
    about, profile = scores.provenance, scores.profile
    frameworks = (scores.risk_framework, scores.resilience_framework)
    rows = {
        "Profile": (str(about.get("profile")), f"hash {profile.hash}"),
        "Frameworks": tuple(f"{f.citation} (edition {f.edition})" for f in frameworks),
        "Scores": (_means(profile),),
        "Unknown indicators": (_missing(profile),),
        "Bands of risk": bands_of(profile),
        "Trajectories": (_trends(profile),),
        "Ratings": (f"hash {about.get('panel_hash')}",),
        "Made with": (f"r2prisk {about.get('r2prisk')}", str(about.get("call"))),
        "Sources": _listed(about, "sources"),
        "Left out, and notes": _listed(about, "notes"),
    }
    return {name: lines for name, lines in rows.items() if lines}


def bands_of(profile: Profile) -> tuple[str, ...]:
    """Return the bands of a profile with their limits.

    Examples
    --------
    >>> bands_of(Profile.load("default"))[:2]
    ('very low: 0.00 to below 0.15', 'low: 0.15 to below 0.30')
    """
    bands = profile.bands
    ranges = [
        f"{one.name}: {one.start:.2f} to below {following.start:.2f}"
        for one, following in itertools.pairwise(bands)
    ]
    return (*ranges, f"{bands[-1].name}: {bands[-1].start:.2f} and more")


def _means(profile: Profile) -> str:
    return (
        f"Power means with exponent {profile.exponents.within:g} within a factor and "
        f"{profile.exponents.across:g} across factors; resilience meets risk by the form "
        f"'{profile.inhibition.form}'. All scores go from 0 to 1."
    )


def _missing(profile: Profile) -> str:
    meant = {
        "rated-only": "the scores are those of what was rated",
        "as-absent": "counted as absent",
        "prior": f"counted as {profile.missing.prior:g}",
    }
    return (
        f"{profile.missing.rule}: {meant[profile.missing.rule]}. With less than "
        f"{profile.missing.band_coverage:.0%} of the risk weight rated there is no band. What risk "
        "could be takes every unknown indicator to be absent, and then to be severe."
    )


def _trends(profile: Profile) -> str:
    return (
        "A local linear trend for each country and score; lines show what is known now, with an "
        f"interval of 95 %. Direction and change are over {profile.trends.window:g} years, as they "
        f"could be known then; less than {profile.trends.material:g} a year is no change. A change "
        "in what was rated is left out of them as far as can be told."
    )


def _listed(about: Mapping[str, object], name: str) -> tuple[str, ...]:
    found = about.get(name)
    return tuple(str(line) for line in found) if isinstance(found, list) else ()
