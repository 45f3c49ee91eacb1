"""The public names: documented where they live and on the reference page, and cheap to import."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import r2prisk

PAGE = Path(__file__).parents[1] / "docs" / "reference.md"
OBJECTS = {name: getattr(r2prisk, name) for name in r2prisk.__all__}
CALLABLE = {name: thing for name, thing in OBJECTS.items() if callable(thing)}
# an enumeration and the root of the errors: nobody builds one, their users are in other examples
WITHOUT_PARAMETERS = {"CellState", "R2PRiskError"}
# whoever asks for these waits for them; `import r2prisk` must not
HEAVY = ("numpy", "pandas", "scipy", "sklearn", "pydantic", "typer", "tomlkit", "pycountry")


def listed() -> dict[str, str]:
    """The names on the reference page, each with its parameters as written."""
    text = PAGE.read_text(encoding="utf-8")
    names = text.split("\n## Names\n")[1].split("\n## ")[0]
    found = re.findall(r"^### `(\w+)(?:\((.*)\))?`$", names, re.MULTILINE)
    assert len(found) == names.count("\n### ")
    return dict(found)


def members(thing: type) -> dict[str, object]:
    """The public methods and properties that a class defines itself."""
    kinds = (staticmethod, classmethod, property)
    return {
        name: value
        for name, value in vars(thing).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, kinds) or hasattr(value, "func"))
    }


def test_the_reference_page_lists_what_is_public_and_nothing_else():
    assert sorted(listed()) == sorted(r2prisk.__all__)


@pytest.mark.parametrize("name", sorted(set(CALLABLE) - WITHOUT_PARAMETERS))
def test_the_reference_page_gives_the_signature(name):
    parameters = inspect.signature(OBJECTS[name]).parameters
    written = [re.sub(r"=.*", "", part) for part in re.split(r", (?![^(]*\))", listed()[name])]
    assert [word for word in written if word != "*"] == list(parameters)
    keyword = [n for n, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY]
    after = written[written.index("*") + 1 :] if "*" in written else []
    assert after == keyword


@pytest.mark.parametrize("name", [n for n in CALLABLE if inspect.isclass(OBJECTS[n])])
def test_the_reference_page_names_every_member(name):
    text = PAGE.read_text(encoding="utf-8")
    part = re.split(r"\n##", text.split(f"\n### `{name}")[1])[0]
    missing = [m for m in members(OBJECTS[name]) if not re.search(rf"`(\w+\.)?{m}[(`]", part)]
    assert not missing


@pytest.mark.parametrize("name", sorted(CALLABLE))
def test_every_public_name_has_a_docstring_with_an_example(name):
    doc = inspect.getdoc(CALLABLE[name]) or ""
    assert doc.splitlines()[0].endswith((".", ":"))
    if name not in WITHOUT_PARAMETERS:
        assert re.search(r"^Parameters\n-{10}$", doc, re.MULTILINE)
    assert re.search(r"^Examples\n-{8}$", doc, re.MULTILINE)
    assert ">>> " in doc
    if inspect.isfunction(CALLABLE[name]):
        for section in ("Returns", "Raises"):
            assert re.search(rf"^{section}\n-+$", doc, re.MULTILINE), section


@pytest.mark.parametrize("name", [n for n in CALLABLE if inspect.isclass(OBJECTS[n])])
def test_public_methods_have_docstrings(name):
    bare = [m for m, value in members(OBJECTS[name]).items() if not inspect.getdoc(value)]
    assert not bare


def test_importing_costs_little():
    code = f"import sys, r2prisk; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_dir_shows_the_names():
    assert dir(r2prisk) == sorted(r2prisk.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'r2prisk' has no attribute 'scroe'"):
        _ = r2prisk.scroe
    assert not hasattr(r2prisk, "read_source")
