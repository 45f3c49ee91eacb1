"""The documentation as a site: ``python -m sphinx -W --keep-going -b html docs <folder>``.

r2prisk has to be installed with its extra ``docs``. What the site shows beside the pages of this
folder is written to ``docs/generated/`` when it is built: the catalogue, copies of the notebooks,
and the changes of meaning. That folder is never committed.

Formulas stand in the pages as plain text, so that a page reads the same here, in a terminal and on
paper, a screen reader speaks it, and nothing has to be fetched to draw it.
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from r2prisk import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

HERE = Path(__file__).resolve().parent

project = "r2prisk"
author = "The r2prisk authors"
copyright = "The r2prisk authors; Apache-2.0"  # noqa: A001 (Sphinx asks for this name)
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
# read by the page that includes it
exclude_patterns = ["generated/changes_of_meaning.md"]
language = "en"

# single backticks in docstrings are names; what is no name of ours is shown as code
default_role = "py:obj"
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    # scikit-learn makes these for every model, with texts that refer to its own pages
    "exclude-members": "set_fit_request, set_predict_request, set_predict_proba_request, "
    "set_score_request",
}
# the docstrings say in words what the annotations say in types
autodoc_typehints = "none"
autodoc_inherit_docstrings = False
napoleon_google_docstring = False
napoleon_use_rtype = False

# the anchors that GitHub makes of headings, so that a link holds in both places
myst_heading_anchors = 4
# notebooks are executed and compared by notebooks/run.py; here they are shown as stored
nb_execution_mode = "off"

html_theme = "furo"
html_title = "r2prisk"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}
# notebooks here have no widgets, whose scripts would come from another address
nb_ipywidgets_js: dict[str, dict[str, str]] = {}


def setup(app: Sphinx) -> None:
    """Write the pages that are made at build time before Sphinx looks for pages."""
    from pygments.lexers.special import TextLexer

    # ratings are shown as CSV, for which there are no colours
    app.add_lexer("csv", TextLexer)
    app.connect("config-inited", _generate)
    app.connect("source-read", _links_to_notebooks)


def _generate(app: Sphinx, config: Config) -> None:
    del app, config
    pages = _catalogue_pages().pages()
    pages["changes_of_meaning.md"] = changes_of_meaning(HERE.parent / "CHANGELOG.md")
    for notebook in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
        pages[f"notebooks/{notebook.name}"] = copy_of(notebook.read_text(encoding="utf-8"))
    write(HERE / "generated", pages)


def write(folder: Path, pages: dict[str, str]) -> None:
    """Make a folder hold these pages and no others; leave alone what is there already."""
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Sphinx builds anew what has a new date
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in pages:
            path.unlink()


def copy_of(notebook: str) -> str:
    """Return a notebook for the site: links lead to its pages, pictures are told in words.

    A figure leaves its words as the plain text beside the picture.
    """
    content = json.loads(notebook)
    for cell in content["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if any(kind.startswith("image/") for kind in data):
                words = "".join(data.get("text/plain", ""))
                cell["metadata"]["mystnb"] = {"image": {"alt": words}}
    # the pages are two folders up from the copies, and one folder aside from the notebooks
    return json.dumps(content, ensure_ascii=False).replace("](../docs/", "](../../")


def changes_of_meaning(changelog: Path) -> str:
    """Return what the changelog has under that heading, release by release."""
    releases = re.split(r"^## (.+)\n", changelog.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: list[str] = []
    for release, text in zip(releases[1::2], releases[2::2], strict=True):
        part = re.search(r"^### Changes of meaning\n(.*?)(?=^### |\Z)", text, re.DOTALL | re.M)
        if part:
            found.append(f"## {release}\n\n{part[1].strip()}\n")
    return "\n".join(found)


def _links_to_notebooks(app: Sphinx, name: str, source: list[str]) -> None:
    """Lead links to the notebooks, which stand beside this folder, to the copies in the site."""
    del app
    if not name.startswith("generated/"):
        source[0] = re.sub(
            r"\]\(((?:\.\./)*)\.\./notebooks/", r"](\1generated/notebooks/", source[0]
        )


def _catalogue_pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogue_pages", HERE / "catalogue_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
