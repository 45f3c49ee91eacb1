"""The start pages: their commands run one after the other, from the first to the product."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from r2prisk import read_panel, score
from r2prisk.catalogue.where import data_file
from r2prisk.cli.main import app
from r2prisk.evidence import load_casebook, read_evidence, write_template

DOCS = Path(__file__).parents[2] / "docs"


def commands(page):
    """The lines of a page that start the command, without its name."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("r2prisk ")]


def run(words):
    """Run a command as its user would; its output."""
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, (words, done.output)
    assert "Traceback" not in done.output
    return done.output


def test_the_focal_point_comes_from_a_form_to_a_brief(tmp_path, monkeypatch, needs_extra):
    for module in ("xlsxwriter", "python_calamine", "docx", "jinja2", "altair", "vl_convert"):
        needs_extra(module)
    monkeypatch.chdir(tmp_path)
    steps = commands("start_focal_point.md")
    names = [step[0] for step in steps]
    assert names[:2] == ["demo", "template"]
    assert names[-1] == "brief"
    rows = load_casebook()["ghana-2008-2013"].evidence.to_frame().tail(12)
    rows["sensitivity"] = ["restricted"] * 4 + ["public"] * 8
    for step in steps[1:]:
        if step[0] == "read":
            # what two colleagues would have filled in
            for file, coder in zip(step[1:3], ("Ama", "Ben"), strict=True):
                own = rows.assign(coder=coder, id=[f"{coder}{n}" for n in range(len(rows))])
                write_template(file, ["GHA", "KEN"], coders=[coder], evidence=read_evidence(own))
        said = run(step)
        if "-o" in step:
            assert (tmp_path / step[step.index("-o") + 1]).stat().st_size > 0
    assert "8 rows of evidence left out" in said


def test_the_researcher_comes_from_scores_to_a_report(tmp_path, monkeypatch, needs_extra):
    for module in ("jinja2", "altair", "vl_convert"):
        needs_extra(module)
    monkeypatch.chdir(tmp_path)
    steps = {step[0]: step for step in commands("start_researcher.md")}
    assert list(steps)[:2] == ["score", "report"]
    panel = read_panel(data_file("demo", "synthetic_world.csv"))
    score(panel).write("world.csv")
    panel.write("world.ratings.csv")
    run(steps["report"])
    assert "<html" in Path("world.html").read_text(encoding="utf-8")[:300]
