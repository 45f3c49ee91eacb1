"""The pages: their links lead somewhere, their commands exist, their files can be read."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from r2prisk import Profile, read_panel
from r2prisk.cli.main import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
WRITTEN = sorted(DOCS.glob("*.md")) + sorted((DOCS / "api").glob("*.md"))
PAGES = WRITTEN + [p for p in [ROOT / "README.md"] if p.exists()]
# a language, or a directive of the site such as {toctree}
FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SHELL = {"", "bash", "console", "sh", "shell"}
# what anybody has who can install the project
PROGRAMS = {"cd", "git", "pip", "python", "python3", "r2prisk"}
COMMAND = typer.main.get_command(app)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and text."""
    return [(m[2], m[3]) for m in FENCE.finditer(page.read_text(encoding="utf-8"))]


def commands(page: Path) -> list[str]:
    """The lines of a page that start the command, continued lines joined."""
    texts = [text.replace("\\\n", " ") for language, text in blocks(page) if language in SHELL]
    lines = [line for text in texts for line in text.splitlines()]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return [part for part in parts if part.startswith("r2prisk ")]


def mentions(page: Path) -> list[str]:
    """The commands that the text of a page mentions, often without their arguments."""
    return re.findall(r"`(r2prisk [^`\n]+)`", FENCE.sub("", page.read_text(encoding="utf-8")))


def parse(line: str, *, complete: bool = True) -> None:
    """Parse a command line down to its last command, without running it."""
    words = shlex.split(line, comments=True)[1:]
    command, path = COMMAND, "r2prisk"
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        path = f"{path} {words[0]}"
        assert words[0] in command.commands, f"no command '{path}'"
        command = command.commands[words.pop(0)]
    known = {name for option in command.params for name in option.opts} | {"--help"}
    strange = [word for word in words if re.match(r"--?[A-Za-z]", word)]
    strange = [word for word in strange if word.split("=")[0] not in known]
    assert not strange, f"{path} has no {', '.join(strange)}"
    if complete and not hasattr(command, "commands") and "--help" not in words:
        command.make_context(path, words).close()


def anchors(page: Path) -> set[str]:
    """The anchors that the headings of a page make."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def listed() -> list[str]:
    """The pages that the tables of contents of the site name, relative to ``docs``."""
    found = []
    for page in WRITTEN:
        for directive, text in blocks(page):
            if directive == "{toctree}":
                lines = [line.strip() for line in text.splitlines()]
                names = [line for line in lines if line and not line.startswith(":")]
                found += [re.sub(r"^.*<(.+)>$", r"\1", name) for name in names]
    return found


def test_every_page_and_notebook_is_in_a_table_of_contents_once():
    written = [page.relative_to(DOCS).with_suffix("").as_posix() for page in WRITTEN]
    notebooks = [path.stem for path in (ROOT / "notebooks").glob("*.ipynb")]
    made = [f"generated/notebooks/{name}" for name in notebooks] + ["generated/catalogue/index"]
    assert sorted([*listed(), "index"]) == sorted([*written, *made])


@pages
def test_links_lead_somewhere(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


@pages
def test_commands_exist(page):
    for line in commands(page):
        parse(line)
    for line in mentions(page):
        parse(line, complete=False)


def test_commands_are_found_at_all():
    found = [line for page in PAGES for line in commands(page)]
    assert len(found) > 10
    assert any(line.startswith("r2prisk catalogue verify") for line in found)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("r2prisk scroe ratings.csv", "no command 'r2prisk scroe'"),
        ("r2prisk catalogue lst", "no command 'r2prisk catalogue lst'"),
        ("r2prisk score ratings.csv --out x.csv", "has no --out"),
        ("r2prisk catalogue list --language de", "'de' is not one of"),
        ("r2prisk catalogue search", "words"),
        ("r2prisk catalogue verify checklist.csv --by me", "edition"),
    ],
)
def test_a_wrong_command_would_be_noticed(line, message):
    with pytest.raises(Exception, match=message):
        parse(line)


def test_the_reference_page_lists_every_command_and_option():
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for name, command in COMMAND.commands.items():
        assert f"### r2prisk {name}\n" in text
        part = text.split(f"### r2prisk {name}\n")[1].split("\n### ")[0]
        inner = getattr(command, "commands", {"": command})
        for leaf, each in inner.items():
            row = next((r for r in part.splitlines() if r.startswith(f"| `{leaf}")), "")
            where = row if leaf else part
            options = [o for p in each.params for o in p.opts if o.startswith("-")]
            assert [o for o in options if f"`{o}" not in where] == [], leaf


@pages
def test_no_place_of_ones_own_machine(page):
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w.:/)])/(?:[a-z]+/)+[\w.]+|\b[A-Z]:\\\\?\w+", text) == []
    for language, block in blocks(page):
        if language in SHELL - {""}:
            lines = [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]
            first = {line.split()[0] for line in lines if not line.startswith("#")}
            assert first <= PROGRAMS


@pages
def test_profiles_on_the_page_can_be_loaded(page, tmp_path):
    for language, text in blocks(page):
        if language == "toml" and "bands" in tomllib.loads(text):
            (tmp_path / "profile.toml").write_text(text, encoding="utf-8")
            assert Profile.load(tmp_path / "profile.toml").name


def test_the_wide_and_the_long_example_say_the_same(tmp_path):
    texts = [text for language, text in blocks(ROOT / "docs" / "panel.md") if language == "csv"]
    assert len(texts) == 2
    hashes = set()
    for text in texts:
        (tmp_path / "ratings.csv").write_text(text, encoding="utf-8")
        hashes.add(read_panel(tmp_path / "ratings.csv").hash)
    assert len(hashes) == 1
