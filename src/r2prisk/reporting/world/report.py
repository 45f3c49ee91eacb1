"""The world report: what it holds, and how it is made and written."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from r2prisk.about import CAUTION
from r2prisk.errors import InputError, nearest
from r2prisk.files import write_beside
from r2prisk.reporting.world.block import data_of
from r2prisk.reporting.world.method import method_of
from r2prisk.reporting.world.page import page
from r2prisk.scoring import Scores
from r2prisk.scoring.scores import need_scores, rest_on_closed
from r2prisk.scoring.show import comparability
from r2prisk.trajectories import trajectories
from r2prisk.trajectories.warning import WatchList, watch_list

Audience = Literal["public", "internal"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)

LOCAL = (
    "People with local knowledge decide what a score means; nobody should be called safe for a low "
    "one."
)
STATUS = "Names and codes say nothing of the legal status of a country or territory."
RANKS = (
    "A difference in rank between countries whose ranges overlap is not knowledge of a difference."
)


@dataclass(frozen=True, eq=False, repr=False)
class WorldReport:
    """One page for a whole ``Scores``; made by :func:`world_report`.

    Parameters
    ----------
    title : str
        Its heading.
    audience : {"public", "internal"}
        For whom it is: internal pages say so on every page.
    date : str
        When it was made; empty if that is not said.
    notes : tuple of str
        What its maker adds.
    data : mapping
        All numbers of the page by unit and period, in thousandths; None is unknown.
    watch : WatchList
        Of the latest period in which most countries have a score.
    cautions : tuple of str
        What has to be known to read it.
    method : mapping of str to tuple of str
        What made the scores: profile, frameworks, hashes, call, sources, what was left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN", "TCD"], "year": 2003, "1.1": [0.9, 0.5]}))
    >>> world_report(score(panel), title="Two neighbours")
    World report 'Two neighbours': 2 countries, 1 period (2003)
    """

    title: str
    audience: Audience
    date: str
    notes: tuple[str, ...]
    data: Mapping[str, object]
    watch: WatchList
    cautions: tuple[str, ...]
    method: Mapping[str, tuple[str, ...]]

    def to_html(self) -> str:
        """Return the whole page as one text: no file beside it, no request to anybody.

        Returns
        -------
        str
            HTML with its style, its script and its data inside.

        Raises
        ------
        MissingExtraError
            If Jinja2 is not installed (``pip install 'r2prisk[report]'``).
        """
        return page(self)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the page to an .html file; what stood there stays until it is complete.

        Raises
        ------
        InputError
            If the ending is not .html or the file cannot be written.
        MissingExtraError
            If Jinja2 is not installed.
        """
        check_page(path)
        html = self.to_html()
        with write_beside(path) as scratch:
            scratch.write_text(html, encoding="utf-8", newline="\n")

    def __repr__(self) -> str:
        return f"World report '{self.title}': {self.told}"

    @property
    def told(self) -> str:
        """How many countries and periods it holds.

        Examples
        --------
        >>> import pandas as pd
        >>> from r2prisk import read_panel, score
        >>> panel = read_panel(pd.DataFrame({"unit": "SDN", "year": [2003, 2004], "1.1": 0.9}))
        >>> world_report(score(panel)).told
        '1 country, 2 periods (2003 to 2004)'
        """
        units, periods = self.data["units"], self.data["periods"]
        assert isinstance(units, dict)
        assert isinstance(periods, list)
        countries = "1 country" if len(units) == 1 else f"{len(units)} countries"
        if len(periods) == 1:
            return f"{countries}, 1 period ({periods[0]})"
        return f"{countries}, {len(periods)} periods ({periods[0]} to {periods[-1]})"


def world_report(
    scores: Scores,
    *,
    title: str | None = None,
    notes: str | Iterable[str] = (),
    date: dt.date | str | None = None,
    audience: Audience = "public",
) -> WorldReport:
    """Make one page of all countries and periods: map, table, a page for each country, watch list.

    Parameters
    ----------
    scores : Scores, shape (n,)
        One row or more; any framework, any kind of period.
    title : str, optional
        Its heading.
    notes : str or iterable of str
        What you add to it; shown as it stands, never as HTML.
    date : datetime.date or str, optional
        When it was made. Not said if not given, so that the same scores give the same page.
    audience : {"public", "internal"}
        Scores made with restricted evidence are refused but for ``internal``, which marks every
        page.

    Returns
    -------
    WorldReport
        ``write("world.html")`` writes it.

    Raises
    ------
    InputError
        If these are no scores, have no row, or were made with restricted evidence and the
        audience is not internal; if the title is empty or the audience is unknown.

    Notes
    -----
    Numbers stand in the page as whole thousandths and are shown with two digits; bounds are
    those of the scores. Levels have an interval of 95 %, as
    :func:`r2prisk.trajectories.trajectories` gives it. What drives a score is told against the
    median of each indicator over all units of the same period, as
    :func:`r2prisk.scoring.explain.explain` does.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN", "TCD"], "year": 2003, "1.1": [0.9, 0.5]}))
    >>> report = world_report(score(panel))
    >>> report.data["units"]["SDN"]["r"], report.data["units"]["TCD"]["name"]
    ([900], 'Chad')
    """
    need_scores(scores, "world report")
    added = (notes,) if isinstance(notes, str) else tuple(notes)
    heading = "Risk and resilience, country by country" if title is None else title
    _check(scores, heading, added, audience)
    found = trajectories(scores)
    data = data_of(scores, found)
    periods, latest = scores.panel.periods, data["latest"]
    assert isinstance(latest, int)
    return WorldReport(
        title=heading.strip(),
        audience=audience,
        date="" if date is None else str(date),
        notes=added,
        data=data,
        watch=watch_list(found, periods[latest]),
        cautions=(CAUTION, LOCAL, RANKS, STATUS, *_own_cautions(scores)),
        method=method_of(scores),
    )


def _own_cautions(scores: Scores) -> list[str]:
    """Return what has to be known of these scores."""
    frame = scores.to_frame()
    factors = [*scores.risk_framework.factors, *scores.resilience_framework.factors]
    blind = [f"{f.id} {f.title}" for f in factors if frame[f.id].isna().all()]
    unrated = f"Nothing is rated anywhere of: {'; '.join(blind)}." if blind else ""
    told = [unrated, comparability(scores).replace("\n", " ")]
    return [text for text in told if text]


def _check(scores: Scores, title: str, notes: tuple[str, ...], audience: str) -> None:
    problems: list[str] = []
    # people pass what a form gave them; the type checker is not there to stop them
    texts = [title, *notes]
    if not all(isinstance(text, str) for text in texts):  # pyright: ignore[reportUnnecessaryIsInstance]
        problems.append("title and notes are texts")
    elif not title.strip():
        problems.append("title is empty; leave it out or give a text")
    if audience not in AUDIENCES:
        allowed = f"allowed: {', '.join(AUDIENCES)}{nearest(str(audience), AUDIENCES)}"
        problems.append(f"audience is '{audience}'; {allowed}")
    if not len(scores):
        problems.append("the scores have no rows")
    if rest_on_closed(scores) and audience == "public":
        problems.append(
            "made with restricted evidence, and cannot be shown without it; make it with "
            "audience='internal', which marks every page, or score again from public evidence"
        )
    if problems:
        raise InputError("world report", problems)


def check_page(path: str | os.PathLike[str]) -> None:
    """Refuse a path that a page cannot be written to, before the work is done.

    Raises
    ------
    InputError
        If the ending is not .html or the folder does not exist.

    Examples
    --------
    >>> check_page("world.docx")
    Traceback (most recent call last):
        ...
    r2prisk.errors.InputError: world.docx: ends in '.docx'; a world report is an .html file
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        problem = f"ends in '{target.suffix}'; a world report is an .html file"
        raise InputError(str(path), [problem])
    if not target.parent.is_dir():
        raise InputError(str(path), [f"the folder {target.parent} does not exist"])
