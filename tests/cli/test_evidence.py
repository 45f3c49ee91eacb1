"""The focal point's walk: a form goes out, two coders fill it in, it is read, compared and scored."""

import re
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from r2prisk.catalogue import load_framework
from r2prisk.evidence import read_evidence, write_template

WORDS = ["absent", "faible", "modéré", "fort", "grave"]
INDICATORS = [
    indicator.id
    for name in ("un-foa-2014", "sg-resilience-2013")
    for indicator in load_framework(name).indicators
]


@pytest.fixture(autouse=True)
def _excel(needs_extra):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")


def coded(coder, seed, **more):
    """What a coder answers: every third indicator of three countries, by a hand that wavers."""
    rng, own = np.random.default_rng(7), np.random.default_rng(seed)
    rows = []
    for unit in ("GHA", "KEN", "MMR"):
        for indicator in INDICATORS[::3]:
            place = int(rng.integers(5)) + int(own.choice([0, 0, 0, 1, -1]))
            rows.append(
                {
                    "id": f"{coder}-{unit}-{indicator}",
                    "unit": unit,
                    "indicator": indicator,
                    "date": "2026-09-30",
                    "rating": WORDS[min(max(place, 0), 4)],
                    "confidence": "moyenne",
                    "mechanism": "Organisation non gouvernementale",
                    "reference": "Rapport inventé",
                    "coder": coder,
                    **more,
                }
            )
    return pd.DataFrame(rows, dtype=object)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Two copies of a French form, filled in by two coders; the second has a secret."""
    pytest.importorskip("xlsxwriter")
    folder = tmp_path_factory.mktemp("forms")
    for name, seed in (("Ama", 1), ("Ben", 2)):
        table = coded(name, seed, sensitivity="public")
        if name == "Ben":
            table.loc[0, ["sensitivity", "reference", "note"]] = ["confidentiel", "Câble 7", "Kojo"]
        write_template(
            folder / f"{name}.xlsx",
            ["GHA", "KEN", "MMR"],
            language="fr",
            coders=[name],
            evidence=read_evidence(table),
        )
    return folder


@pytest.fixture
def forms(written, tmp_path):
    """The two forms, in the folder of the test."""
    for file in written.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


def test_a_form_goes_out_in_french(run, tmp_path):
    done = run("template", "gha,KEN,MMR", "--language", "fr", "-o", "t.xlsx")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Wrote a form for GHA, KEN, MMR to t.xlsx.")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        assert "Facteurs communs 1-4" in archive.read("xl/workbook.xml").decode()
    again = run("read", "t.xlsx")
    assert again.code == 2
    assert "nothing was entered" in again.err


def test_two_coders_are_read_compared_and_scored(run, forms):
    done = run("read", "Ama.xlsx", "Ben.xlsx", "-o", "evidence.csv")
    assert (done.code, done.err) == (0, "")
    rows = 2 * 3 * len(INDICATORS[::3])
    assert done.out.startswith(f"EvidenceTable: {rows} rows, 3 units")
    assert re.search(r"^Overall 0\.\d\d: ", done.out, re.MULTILINE)
    assert re.search(r"^all +0\.\d\d +0\.\d\d to 0\.\d\d +\d+$", done.out, re.MULTILINE)
    for text in (
        "KEN   Kenya",
        "48 of 143 indicators",
        "Ama: rates ",
        "To settle first (10 of ",
        "Scores at the end of 2026-09",
        "Human-rights lens",
        "A score is not a finding",
        "1 row is restricted or confidential: keep it where it is safe.",
        "Next: r2prisk score --evidence evidence.csv --profile evidence -o scores.csv",
    ):
        assert text in done.out, text
    assert max(map(len, done.out.splitlines())) <= 100
    table = read_evidence(forms / "evidence.csv")
    expected = pd.concat(
        [read_evidence(coded(n, s)).to_frame() for n, s in (("Ama", 1), ("Ben", 2))]
    )
    ratings = table.to_frame().set_index("id")["rating"]
    pd.testing.assert_series_equal(
        ratings, expected.set_index("id")["rating"].reindex(ratings.index)
    )


def test_the_walk_goes_on_to_scores(run, forms):
    assert run("read", "Ama.xlsx", "Ben.xlsx", "-o", "evidence.csv").code == 0
    done = run(
        "score", "--evidence", "evidence.csv", "--profile", "evidence", "--every", "month",
        "--last", "2026-12", "-o", "scores.csv",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    frame = pd.read_csv(forms / "scores.csv")
    assert frame["period"].unique().tolist() == ["2026-09", "2026-10", "2026-11", "2026-12"]
    assert frame["risk"].notna().all()
    direct = run("score", "--evidence", "Ama.xlsx", "--evidence", "Ben.xlsx", "--every", "month",
                 "--profile", "evidence", "-o", "direct.csv")  # fmt: skip
    assert direct.code == 0
    both = pd.read_csv(forms / "direct.csv").set_index("unit")["risk"]
    september = frame[frame["period"] == "2026-09"].set_index("unit")["risk"]
    pd.testing.assert_series_equal(both, september)


def test_restricted_evidence_leaves_no_trace(run, forms):
    done = run("read", "Ama.xlsx", "Ben.xlsx", "--public", "-o", "public.csv")
    assert done.code == 0
    assert run("template", "GHA,KEN,MMR", "--evidence", "public.csv", "-o", "next.xlsx").code == 0
    scored = run("score", "--evidence", "public.csv", "-o", "scores.xlsx")
    assert scored.code == 0
    secrets = ("Câble 7", "Kojo")
    assert not any(secret in done.out + scored.out for secret in secrets)
    written = [(forms / "public.csv").read_bytes()]
    for name in ("next.xlsx", "scores.xlsx"):
        with zipfile.ZipFile(forms / name) as archive:
            written += [archive.read(member) for member in archive.namelist()]
    for secret in secrets:
        assert not any(secret.encode() in content for content in written), secret
    without = read_evidence(coded("Ben", 2).drop(index=0))
    kept = read_evidence(forms / "public.csv").to_frame()
    assert set(without.to_frame()["id"]) == set(kept.loc[kept["coder"] == "Ben", "id"])


def test_nothing_public_is_said(run, tmp_path):
    read_evidence(coded("Ama", 1)).write(tmp_path / "closed.csv")
    done = run("read", "closed.csv", "--public")
    assert done.code == 2
    assert "rows are restricted or confidential and left out" in done.err


def test_faults_are_told_by_file_sheet_and_cell(run, forms):
    (forms / "more.csv").write_text("id,unit,indicator\n1,KEN,7.10\n", encoding="utf-8")
    done = run("read", "Ama.xlsx", "more.csv", "missing.csv")
    assert done.code == 2
    assert "more.csv: needs a column date" in done.err
    assert "missing.csv: no such file" in done.err
    assert "Traceback" not in done.err


def test_a_government_of_its_own(run, forms):
    done = run("read", "Ama.xlsx", "Ben.xlsx", "--own", "Ama")
    assert done.code == 0
    assert "Self-assessment (Ama) beside outside coders" in done.out
    assert re.search(r"^GHA +all risk +own rating ", done.out, re.MULTILINE)
    wrong = run("read", "Ama.xlsx", "Ben.xlsx", "--own", "Amma")
    assert wrong.code == 2
    assert "no coder 'Amma'; did you mean 'Ama'?" in wrong.err


def test_one_coder_cannot_agree(run, forms):
    done = run("read", "Ama.xlsx", "--date", "2027-01")
    assert "One coder: agreement cannot be measured" in done.out
    assert "Scores at the end of 2027-01" in done.out
    faded = run("read", "Ama.xlsx", "--date", "2060-01")
    assert faded.code == 0
    assert "no rating of a risk indicator is live then" in faded.out


def test_what_is_read_is_not_replaced(run, forms):
    before = (forms / "Ama.xlsx").read_bytes()
    done = run("read", "Ama.xlsx", "-o", "Ama.xlsx")
    assert done.code == 2
    assert "would replace Ama.xlsx, which is read" in done.err
    done = run("template", "KEN", "--evidence", "Ama.xlsx", "-o", "Ama.xlsx")
    assert done.code == 2
    assert (forms / "Ama.xlsx").read_bytes() == before


@pytest.mark.parametrize(
    ("counts", "expected"),
    [("overrides", "coded"), ("complements", "between"), ("overridden", "given")],
)
def test_evidence_beside_other_ratings(run, tmp_path, counts, expected):
    (tmp_path / "own.csv").write_text("unit,period,1.1\nKEN,2026,0.2\n", encoding="utf-8")
    rows = coded("Ama", 1)
    rows = rows[(rows["unit"] == "KEN") & (rows["indicator"] == "1.1")].assign(rating="grave")
    read_evidence(rows).write(tmp_path / "evidence.csv")
    alone = run("score", "--evidence", "evidence.csv", "-o", "alone.csv")
    both = run("score", "own.csv", "--evidence", "evidence.csv", "--evidence-counts", counts,
               "-o", "both.csv")  # fmt: skip
    assert (alone.code, both.code) == (0, 0)
    coded_risk, risk = (
        pd.read_csv(tmp_path / f"{n}.csv")["risk"].item() for n in ("alone", "both")
    )
    if expected == "between":
        assert 0.2 < risk < coded_risk
    else:
        assert risk == pytest.approx({"coded": coded_risk, "given": 0.2}[expected])


def test_agreement_is_measured_within_its_time(run, tmp_path):
    def answers(coder, year, word):
        rows = coded(coder, 1)
        return rows[rows["unit"] == "KEN"].assign(
            date=f"{year}-06-30",
            rating=word,
            id=[f"{coder}{year}-{n}" for n in rows["indicator"][:62]],
        )

    parts = [
        answers(c, y, w) for c in ("Ama", "Ben") for y, w in ((2008, "absent"), (2018, "grave"))
    ]
    read_evidence(pd.concat(parts, ignore_index=True)).write(tmp_path / "years.csv")
    done = run("read", "years.csv")
    assert done.code == 0, done.err
    assert "Overall 1.00" in done.out
    assert "compared within a year" in done.out
    then = run("read", "years.csv", "--date", "2009-01")
    assert "all ratings in 62 shared cells are 0" in then.out  # 2018 was not known


def test_a_form_without_its_properties_is_still_a_form(run, forms):
    with (
        zipfile.ZipFile(forms / "Ama.xlsx") as old,
        zipfile.ZipFile(forms / "bare.xlsx", "w") as new,
    ):
        for name in old.namelist():
            if not name.startswith("docProps/"):
                new.writestr(name, old.read(name))
    assert read_evidence(forms / "bare.xlsx").hash == read_evidence(forms / "Ama.xlsx").hash


def test_a_form_with_answers_is_not_lost(run, forms):
    before = (forms / "Ama.xlsx").read_bytes()
    done = run("template", "GHA", "-o", "Ama.xlsx")
    assert done.code == 2
    assert "is there already; --force replaces it" in done.err
    assert (forms / "Ama.xlsx").read_bytes() == before
    assert run("template", "GHA", "-o", "Ama.xlsx", "--force").code == 0


def test_last_years_form_is_carried_on_for_one_country(run, forms):
    assert run("read", "Ama.xlsx", "Ben.xlsx", "-o", "evidence.csv").code == 0
    done = run("template", "GHA", "--evidence", "evidence.csv", "-o", "next.xlsx")
    assert done.code == 0, done.err
    assert "248 rows on other countries stay out." in done.out
    assert "1 row is restricted or confidential" in done.out
    table = read_evidence(forms / "next.xlsx")
    assert table.units == ("GHA",)
    assert len(table) == 124
    public = run("template", "GHA", "--evidence", "evidence.csv", "--public", "-o", "open.xlsx")
    assert public.code == 0
    assert len(read_evidence(forms / "open.xlsx")) == 123
    told = run("score", "--evidence", "evidence.csv")
    assert "1 row is restricted or confidential: keep it where it is safe." in told.out


def test_a_slip_into_the_future_is_refused(run, tmp_path):
    rows = coded("Ama", 1)
    rows.loc[3, "date"] = "2099-06-01"
    read_evidence(rows).write(tmp_path / "slip.csv")
    for command in (("read", "slip.csv"), ("score", "--evidence", "slip.csv")):
        done = run(*command)
        assert done.code == 2
        assert f"{rows.loc[3, 'id']}: dated 2099-06-01" in done.err


def test_few_cells_get_no_verdict(run, tmp_path):
    few = [coded(name, seed).head(3) for name, seed in (("Ama", 1), ("Ben", 2))]
    few[1]["rating"] = few[0]["rating"] = ["absent", "fort", "grave"]
    read_evidence(pd.concat(few, ignore_index=True)).write(tmp_path / "few.csv")
    done = run("read", "few.csv")
    assert "on 3 cells: too few to rely on." in done.out
    assert "reliable." not in done.out


def test_resilience_alone_is_no_score_and_no_dead_end(run, tmp_path):
    rows = coded("Ama", 1)
    read_evidence(rows[rows["indicator"].str.startswith("SGS")]).write(tmp_path / "sgs.csv")
    done = run("read", "sgs.csv", "-o", "again.csv")
    assert done.code == 0
    assert "No score: no risk indicator is in the evidence." in done.out
    assert "Next:" not in done.out
