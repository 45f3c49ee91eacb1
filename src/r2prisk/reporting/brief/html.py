"""A brief as HTML: one file, no script, nothing from any other place."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from itertools import count

from r2prisk.errors import MissingExtraError
from r2prisk.reporting.brief.content import Content, Picture
from r2prisk.reporting.brief.pictures import as_svg
from r2prisk.reporting.brief.words import Say

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Whatever stands in the page, a browser runs no script in it and asks nobody for anything."""

PAPER = "@page{size:A4;margin:11mm 12mm 9mm}body{margin:0;background:#f4f4f4}"
PRINT = "@media print{body{background:#fff}}"


def as_html(content: Content) -> str:
    """Return a brief as a page.

    Parameters
    ----------
    content : Content
        What it says; every text is escaped.

    Returns
    -------
    str
        Two A4 pages when printed, or three.

    Raises
    ------
    MissingExtraError
        If Jinja2 or the drawing libraries are not installed.
    """
    title = escape(f"{content.title}, {content.under}")
    return (
        f'<!doctype html>\n<html lang="{content.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{PAPER}{PRINT}</style>\n</head>\n<body>\n"
        f"{_filled(content)}\n</body>\n</html>\n"
    )


def as_fragment(content: Content) -> str:
    """Return a brief as a notebook shows it; without the extra, what would show it.

    Parameters
    ----------
    content : Content
        What it says.
    """
    try:
        return _filled(content)
    except MissingExtraError as missing:
        return f"<p>{escape(content.title)}</p><p>{escape(str(missing))}</p>"


def _filled(content: Content) -> str:
    """Fill the template."""
    try:
        from jinja2 import Environment, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise MissingExtraError("A brief", "report") from None
    numbers = count(1)

    def drawn(picture: Picture) -> Markup:
        return Markup(as_svg(picture, f"figure{next(numbers)}"))

    own = files("r2prisk.reporting.brief").joinpath("brief.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    words = {"unknown": Say(content.language)("words", "unknown")}
    return environment.from_string(own).render(c=content, drawn=drawn, words=words)
