"""The public names: documented where they live and on the reference page, and cheap to import."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

import r2prisk
from r2prisk.cli.main import app
from r2prisk.scoring.explain import change, explain
from r2prisk.scoring.sensitivity import sensitivity
from r2prisk.scoring.uncertainty import uncertainty
from r2prisk.trajectories import trajectories, warning
from r2prisk.trajectories.warning import lists, triggers

ROOT = Path(__file__).parents[1]
API = ROOT / "docs" / "api"
PAGE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
MODULES = (
    "r2prisk",
    "r2prisk.scoring.explain",
    "r2prisk.scoring.uncertainty",
    "r2prisk.scoring.sensitivity",
    "r2prisk.scoring.changes",
    "r2prisk.scoring.audit",
    "r2prisk.evidence",
    "r2prisk.trajectories",
    "r2prisk.trajectories.warning",
    "r2prisk.trajectories.judging",
    "r2prisk.forecasting",
    "r2prisk.prevention",
    "r2prisk.prevention.assistance",
    "r2prisk.prevention.lens",
    "r2prisk.prevention.accountability",
    "r2prisk.prevention.focalpoints",
    "r2prisk.prevention.exchange",
    "r2prisk.reporting",
    "r2prisk.reporting.figures",
)
OBJECTS = {
    (module, name): getattr(importlib.import_module(module), name)
    for module in MODULES
    for name in importlib.import_module(module).__all__
}
CALLABLE = {key: thing for key, thing in OBJECTS.items() if callable(thing)}
CLASSES = {key: thing for key, thing in CALLABLE.items() if inspect.isclass(thing)}
# an enumeration and the root of the errors: nobody builds one, their users are in other examples
WITHOUT_PARAMETERS = {"CellState", "R2PRiskError"}
# they are asked for nothing, or give nothing back
NO_ARGUMENTS = {"load_casebook", "load_declared"}
NOTHING_BACK = {"write_document", "write_form", "write_template"}
# they take what was checked when it was made, and nothing in it can be wrong
WITHOUT_RAISES = {"action_plan", "on", "suggest_tags", "words"}
# tables of choices, whose defaults stand on the page of the score
WITHOUT_DEFAULTS = {"Profile", "Evidence"}
# what these docstrings still owe; whoever pays takes the entry out
OWED: dict[str, set[str]] = {
    "Indices": {"Examples"},
    "Terms": {"Examples"},
    "indices": {"Raises"},
    "terms": {"Raises"},
}
# whoever asks for these waits for them; `import r2prisk` must not
HEAVY = ("numpy", "pandas", "scipy", "sklearn", "pydantic", "typer", "tomlkit", "pycountry")


def api_page(module: str) -> list[tuple[str, str]]:
    """The names on the page that is made from docstrings, each with the directive that shows it."""
    text = (API / f"{module}.md").read_text(encoding="utf-8")
    assert f".. currentmodule:: {module}\n" in text
    return [(n, kind) for kind, n in re.findall(r"^\.\. auto(\w+):: (\S+)$", text, re.MULTILINE)]


def section(title: str) -> str:
    """What stands on the page under a heading of the second or third rank."""
    start = re.search(rf"^(##+) {re.escape(title)}\n", PAGE, re.MULTILINE)
    assert start, title
    rest = PAGE[start.end() :]
    end = re.search(rf"^#{{2,{len(start[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def listed(module: str) -> dict[str, tuple[str | None, str]]:
    """The names on the page, each with its parameters as written (None: no brackets) and text."""
    text = section(f"Names in {module}")
    parts = re.split(r"^### `(\w+)(?:\((.*)\))?`$", text, flags=re.MULTILINE)[1:]
    assert len(parts) == 3 * text.count("\n### ")
    return {n: (s, b) for n, s, b in zip(parts[::3], parts[1::3], parts[2::3], strict=True)}


def written(parameters: str) -> list[tuple[str, bool, object]]:
    """Name, keyword only or not, and default of parameters as written on the page."""
    arguments = ast.parse(f"def f({parameters}): ...").body[0].args
    assert not arguments.posonlyargs
    no = inspect.Parameter.empty
    early = [no] * (len(arguments.args) - len(arguments.defaults)) + arguments.defaults
    both = [(a, False, d) for a, d in zip(arguments.args, early, strict=True)]
    both += [
        (a, True, no if d is None else d)
        for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return [(a.arg, late, d if d is no else ast.literal_eval(d)) for a, late, d in both]


def members(thing: type) -> dict[str, object]:
    """The public methods and properties that a class defines itself."""
    kinds = (staticmethod, classmethod, property)
    return {
        name: value
        for name, value in vars(thing).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, kinds) or hasattr(value, "func"))
    }


def table(title: str, number: int = 0) -> list[str]:
    """The first cells of a table under a heading, without its head."""
    found = re.findall(r"(?:^\|.*\n)+", section(title), re.MULTILINE)[number]
    return [line.split("|")[1].strip() for line in found.splitlines()[2:]]


def names_in(cells: list[str]) -> list[str]:
    """The names in code quotes; ``RF1_x`` ... ``RF14_x`` are all from the first to the last."""
    names: list[str] = []
    for cell in cells:
        quoted = re.findall(r"`([^`]+)`", cell)
        if "..." in cell:
            head, first, tail = re.fullmatch(r"([A-Z]+)(\d+)(\w*)", quoted[0]).groups()
            last = int(re.fullmatch(rf"{head}(\d+){tail}", quoted[1])[1])
            quoted = [f"{head}{n}{tail}" for n in range(int(first), last + 1)]
        names += quoted
    return names


def keys(objects):
    """Cases by module and name."""
    return pytest.mark.parametrize("key", list(objects), ids=lambda key: ".".join(key))


@pytest.mark.parametrize("module", MODULES)
def test_the_reference_page_lists_what_is_public_and_nothing_else(module):
    assert sorted(listed(module)) == sorted(importlib.import_module(module).__all__)


def test_every_public_module_has_a_page_made_from_docstrings():
    assert sorted(path.stem for path in API.glob("*.md")) == sorted(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_the_page_made_from_docstrings_shows_what_is_public_and_nothing_else(module):
    wanted = {}
    for name in importlib.import_module(module).__all__:
        thing = OBJECTS[module, name]
        wanted[name] = "function" if callable(thing) else "data"
        if inspect.isclass(thing):
            wanted[name] = "exception" if issubclass(thing, Exception) else "class"
    assert sorted(api_page(module)) == sorted(wanted.items())


@keys(key for key in CALLABLE if key[1] not in WITHOUT_PARAMETERS)
def test_the_reference_page_gives_the_signature(key):
    parameters = inspect.signature(OBJECTS[key]).parameters.values()
    real = [(p.name, p.kind is p.KEYWORD_ONLY, p.default) for p in parameters]
    if key[1] in WITHOUT_DEFAULTS:
        real = [(name, late, inspect.Parameter.empty) for name, late, _ in real]
    assert written(listed(key[0])[key[1]][0]) == real


@keys(key for key in OBJECTS if key not in CALLABLE or key[1] in WITHOUT_PARAMETERS)
def test_what_nobody_calls_has_no_brackets_on_the_page(key):
    assert listed(key[0])[key[1]][0] is None


@keys(OBJECTS)
def test_the_reference_page_says_what_each_name_is_for(key):
    said = listed(key[0])[key[1]][1].split("\n\n")[1]
    assert said.rstrip().endswith((".", ":"))


@keys(CLASSES)
def test_the_reference_page_names_every_member(key):
    thing, text = CLASSES[key], listed(key[0])[key[1]][1]
    stored = [field.name for field in fields(thing)] if is_dataclass(thing) else []
    stored = [name for name in stored if not name.startswith("_")]
    names = [*members(thing), *stored]
    missing = [m for m in names if not re.search(rf"`(\w+\.)?{m}[(`]", text)]
    assert not missing


@keys(CLASSES)
def test_the_reference_page_names_no_member_that_is_not_there(key):
    first = re.findall(r"^\| (.*?) \|", listed(key[0])[key[1]][1], re.MULTILINE)
    quoted = re.findall(r"`(?:\w+\.)?(\w+)(?:\(.*?\))?`", " ".join(first))
    known = {*dir(CLASSES[key]), *inspect.signature(CLASSES[key]).parameters} if quoted else set()
    assert set(quoted) <= known


@keys(CALLABLE)
def test_every_public_name_has_a_docstring_with_an_example(key):
    name, doc = key[1], inspect.getdoc(CALLABLE[key]) or ""
    assert doc.splitlines()[0].endswith((".", ":"))
    bare = name in WITHOUT_PARAMETERS | NO_ARGUMENTS
    wanted = {"Examples"} | (set() if bare else {"Parameters"})
    if inspect.isfunction(CALLABLE[key]):
        wanted |= set() if name in NOTHING_BACK else {"Returns"}
        wanted |= set() if name in WITHOUT_RAISES else {"Raises"}
    there = {w for w in wanted if re.search(rf"^{w}\n-{{{len(w)}}}$", doc, re.MULTILINE)}
    assert wanted - there == OWED.get(name, set())
    assert (">>> " in doc) is ("Examples" in there)


def test_exceptions_name_what_there_is():
    known = {name for _, name in CALLABLE}
    assert (
        known
        >= WITHOUT_PARAMETERS
        | WITHOUT_RAISES
        | WITHOUT_DEFAULTS
        | NO_ARGUMENTS
        | NOTHING_BACK
        | set(OWED)
    )


@pytest.mark.parametrize("name", sorted(WITHOUT_RAISES))
def test_a_name_that_raises_nothing_does_not_say_that_it_does(name):
    doc = next(inspect.getdoc(thing) for key, thing in CALLABLE.items() if key[1] == name)
    assert "\nRaises\n" not in doc


@keys(CLASSES)
def test_public_methods_have_docstrings(key):
    bare = [m for m, value in members(CLASSES[key]).items() if not inspect.getdoc(value)]
    assert not bare


def test_the_page_names_the_columns_of_scores_in_their_order():
    units, years = ["NOR", "SDN"], [2003, 2003]
    panel = r2prisk.read_panel(pd.DataFrame({"unit": units, "year": years, "1.1": [0.1, 0.9]}))
    panel = replace(panel, variance=np.full(panel.ratings.shape, 0.01))
    columns = list(r2prisk.score(panel).to_frame().reset_index().columns)
    assert names_in(table("Scores")) == columns


def rated_twice() -> r2prisk.Panel:
    """One indicator of two countries in two years."""
    rows = {"unit": ["NOR", "NOR", "SDN", "SDN"], "year": [2003, 2004] * 2}
    return r2prisk.read_panel(pd.DataFrame({**rows, "1.1": [0.1, 0.2, 0.9, 0.8]}))


def test_the_page_names_the_columns_of_ratings_beside_scores(tmp_path):
    wide = rated_twice()
    long = replace(wide, variance=np.full(wide.ratings.shape, 0.01))
    for words, panel in (("without variances", wide), ("with variances", long)):
        panel.write(tmp_path / "panel.csv")
        columns = list(pd.read_csv(tmp_path / "panel.csv").columns)
        row = re.search(rf"^\| {words} .*", section("Ratings beside scores"), re.MULTILINE)[0]
        named = re.findall(r"`([^`]+)`", row)
        assert named == ([*columns[:2], "7.14", "SGS2.1"] if panel is wide else columns)


def test_the_page_gives_the_numbers_that_commands_take_if_not_given():
    seen = 0
    for name, command in typer.main.get_command(app).commands.items():
        defaults = {option: each.default for each in command.params for option in each.opts}
        said = re.findall(
            r"^\| `(--[\w-]+)` .*?([\d,]+) if not given", section(f"r2prisk {name}"), re.MULTILINE
        )
        assert {o: int(n.replace(",", "")) for o, n in said} == {o: defaults[o] for o, _ in said}
        seen += len(said)
    assert seen > 10


def test_the_page_names_no_option_that_is_not_there():
    for name, command in typer.main.get_command(app).commands.items():
        each = [
            option
            for one in getattr(command, "commands", {"": command}).values()
            for option in one.params
        ]
        known = {o for option in each for o in (*option.opts, *option.secondary_opts)}
        assert set(re.findall(r"`(--[\w-]+)", section(f"r2prisk {name}"))) <= known


def test_the_page_names_the_columns_of_contributions():
    scores = r2prisk.score(rated_twice())
    moved = change(scores, "SDN", 2003, 2004, of="risk").to_frame()
    made = explain(scores, of="risk").to_frame().reset_index()
    names = names_in(table("Contributions"))
    assert sorted(names) == sorted({*moved.columns, *made.columns})
    for frame in (moved, made):
        assert [name for name in names if name in frame] == list(frame.columns)


def test_the_page_names_the_columns_of_uncertainty_in_their_order():
    columns = uncertainty(rated_twice(), draws=32).to_frame().reset_index().columns
    own = [name for name in columns if re.match(r"unit|period|risk|P\(", name)]
    assert names_in(table("Uncertainty")) == own
    others = [name for name in columns if name not in own]
    assert {"residual_low", "residual_high", "residual_risk_rank_q50"} <= set(others)


def test_the_page_names_the_columns_of_sensitivity_in_their_order():
    found = sensitivity(rated_twice(), groups=["exponents"], draws=32).table().reset_index()
    assert names_in(table("Sensitivity")) == list(found.columns)


def test_the_page_names_the_columns_of_a_trajectory_in_their_order():
    index = pd.MultiIndex.from_tuples([("SDN", pd.Period("2003"))], names=["unit", "period"])
    found = trajectories(pd.DataFrame({"risk": [0.5]}, index=index), of=["risk"])
    columns = list(found.to_frame().reset_index().columns)
    assert names_in(table("Trajectory of a country")) == columns


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("Trigger calendar", triggers.COLUMNS),
        ("Outside lists", lists.LISTS),
        ("Archive of decisions", warning.ARCHIVE),
    ],
)
def test_the_page_names_the_columns_of_the_files_of_warning(title, columns):
    assert sorted(names_in(table(title))) == sorted(columns)


def test_the_page_names_the_kinds_of_events():
    row = next(line for line in section("Trigger calendar").splitlines() if "| `kind`" in line)
    assert re.findall(r"`([^`]+)`", row)[1:] == list(warning.KINDS)


def test_the_page_lists_the_extras():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"]) - {"docs", "test", "dev"}
    assert set(names_in(table("Extras"))) == extras


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
