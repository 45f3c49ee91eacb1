"""Scores that were written to a file, made again from the ratings that stand beside it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from r2prisk.about import __version__
from r2prisk.catalogue import Framework
from r2prisk.errors import InputError
from r2prisk.panel import Panel, read_panel
from r2prisk.scoring.profile import PROFILES, Profile
from r2prisk.scoring.read import read_scores
from r2prisk.scoring.score import FOLLOWED, score
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.write import ratings_path

SAME = 1e-9
"""How far scores that are made again may be from the file's: workbooks keep 16 digits."""


def rescore(
    path: str | os.PathLike[str],
    *,
    profile: Profile | str | os.PathLike[str] | None = None,
    frameworks: Iterable[str | os.PathLike[str] | Framework] | None = None,
) -> Scores:
    """Make the scores of a file again from the ratings beside it, and check that they are the same.

    A file holds what came out; explaining it takes what went in. ``r2prisk score -o scores.csv``
    leaves the ratings in ``scores.ratings.csv``.

    Parameters
    ----------
    path : path-like
        A file of scores, as ``r2prisk score`` wrote it.
    profile : Profile, str or path, optional
        The profile that made them; needed where it is one of your own.
    frameworks : iterable of str, path or Framework, optional
        As in :func:`r2prisk.read_panel`; needed where one of them is your own.

    Returns
    -------
    Scores
        With the provenance of the file.

    Raises
    ------
    InputError
        If no provenance or no ratings stand beside the file, if they are not what was scored, if
        the profile is not the one that made the scores, or if the scores come out otherwise.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "scores.csv"
    >>> made = score(read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]})))
    >>> made.write(path)
    >>> made.panel.write(ratings_path(path))
    >>> rescore(path).panel.hash == made.panel.hash
    True
    """
    told = read_scores(path)
    about: dict[str, object] = told.attrs["provenance"]
    beside, name = ratings_path(path), Path(path).name
    if not beside.is_file():
        problem = (
            f"has no ratings beside it ({beside.name}), without which no score can be explained; "
            f"r2prisk score writes them, and so does scores.panel.write('{beside.name}')"
        )
        raise InputError(name, [problem])
    if not {"panel_hash", "profile_hash"} <= set(about):
        raise InputError(name, ["says nothing of what made it; its provenance is missing"])
    panel = read_panel(beside, frameworks=frameworks)
    if panel.hash != about["panel_hash"]:
        raise InputError(
            beside.name,
            [f"holds other ratings than those behind {name} (scored again with --no-ratings?)"],
        )
    scores = _by_its_maker(panel, profile, about, name)
    _compare(scores, told, name)
    return dataclasses.replace(scores, provenance=about)


def _by_its_maker(
    panel: Panel,
    given: Profile | str | os.PathLike[str] | None,
    about: Mapping[str, object],
    name: str,
) -> Scores:
    """Score a panel with the profile that the provenance names."""
    wanted = str(about.get("profile_hash"))
    tried: list[str] = []
    # the default profile follows a framework of one's own, so that its hash is known by scoring
    for one in (None, *PROFILES[1:]) if given is None else (given,):
        scores = score(panel, profile=one)
        if scores.profile.hash == wanted:
            return scores
        tried.append(f"{scores.profile.name} ({scores.profile.hash[:8]})")
    made = f"were made with profile {about.get('profile')} ({wanted[:8]}), not {tried[-1]}"
    if given is None:
        own = f"which is not one of this r2prisk ({', '.join(tried)}); name its file"
        made = f"were made with profile {about.get('profile')} ({wanted[:8]}), {own}"
    raise InputError(name, [made])


def _compare(scores: Scores, told: pd.DataFrame, name: str) -> None:
    """Refuse scores that come out otherwise than the file has them."""
    columns = [column for column in FOLLOWED if column in told]
    again = scores.to_frame()[columns].reindex(told.index)
    apart = (again - told[columns]).abs() > SAME
    other = apart | (again.isna() != told[columns].isna())
    if len(told) != len(scores) or other.to_numpy().any():
        rows = int(other.any(axis=1).sum()) or abs(len(told) - len(scores))
        made = told.attrs["provenance"].get("r2prisk")
        problem = (
            f"{rows:,} rows come out otherwise than they stand there (made by r2prisk {made}, "
            f"now {__version__}); score the inputs again"
        )
        raise InputError(name, [problem])
