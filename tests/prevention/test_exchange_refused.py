"""Bundles that were changed, cut off, made up or meant to harm are refused with the reason."""

import datetime as dt
import io
import json
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.evidence import pool, read_evidence
from r2prisk.prevention.exchange import Bundle, archive, open_bundle, pack
from r2prisk.prevention.exchange.archive import from_zip, to_zip
from r2prisk.prevention.exchange.made import as_toml
from r2prisk.prevention.exchange.manifest import Manifest, digest
from r2prisk.scoring import score

DAY = dt.date(2026, 1, 31)


@pytest.fixture(scope="module")
def bundle():
    rows = pd.DataFrame(
        {
            "id": ["E1", "E2"],
            "unit": "GHA",
            "indicator": ["1.1", "SGS1.1"],
            "date": "2012-03-01",
            "rating": [0.25, 0.5],
            "confidence": "high",
            "mechanism": "ngo",
            "reference": "R",
            "coder": "A",
            "sensitivity": ["public", "restricted"],
        }
    )
    table = read_evidence(rows)
    scores = score(pool(table, "2012").panel)
    return pack(scores, evidence=table, audience="partner", made=DAY)


@pytest.fixture
def refusal(tmp_path):
    """Write bytes or members to a file, open it, and return why it is refused."""

    def why(content, *, run=False):
        path = tmp_path / "x.r2prisk.zip"
        path.write_bytes(content if isinstance(content, bytes) else to_zip(content))
        with pytest.raises(InputError) as refused:
            open_bundle(path).rerun() if run else open_bundle(path)
        assert refused.value.subject == "x.r2prisk.zip"
        return refused.value.problems

    return why


def rehashed(bundle, changes, **told):
    """Return members with some changed, under a manifest that says that all is well."""
    files = {**bundle.members, **changes}
    del files["manifest.json"]
    content = json.loads(bundle.members["manifest.json"]) | told
    content["members"] = {n: {"sha256": digest(r), "size": len(r)} for n, r in files.items()}
    return {"manifest.json": Manifest.model_validate_json(json.dumps(content)).to_bytes(), **files}


def test_a_byte_in_any_file(bundle, refusal):
    names = set(bundle.members) - {"manifest.json"}
    assert len(names) == 5
    for name in names:
        raw = bytearray(bundle.members[name])
        raw[len(raw) // 2] ^= 1
        assert refusal({**bundle.members, name: bytes(raw)}) == (
            f"member {name} was changed: its hash differs from the manifest's",
        )


def test_a_byte_in_the_manifest(bundle, tmp_path):
    raw = bundle.members["manifest.json"]
    for at in range(0, len(raw), 197):
        changed = bytearray(raw)
        changed[at] ^= 1
        (tmp_path / "x.r2prisk.zip").write_bytes(
            to_zip({**bundle.members, "manifest.json": bytes(changed)})
        )
        try:
            opened = open_bundle(tmp_path / "x.r2prisk.zip")
        except InputError:
            continue  # no manifest, or not that of these files
        assert opened.fingerprint != bundle.fingerprint


def test_files_that_are_missing_or_too_many(bundle, refusal):
    for name in set(bundle.members) - {"manifest.json"}:
        less = {n: raw for n, raw in bundle.members.items() if n != name}
        assert refusal(less) == (f"member {name} is missing",)
    less = {n: raw for n, raw in bundle.members.items() if n != "manifest.json"}
    assert "has no manifest.json" in refusal(less)[0]
    more = {**bundle.members, "notes.txt": b"", "other.ratings.csv": b"", "framework-x.toml": b""}
    assert refusal(more) == ("member 'notes.txt' should not be there",)
    del more["notes.txt"]
    assert refusal(more) == ("member 'framework-x.toml' should not be there",)
    told = rehashed(bundle, {"framework-x.toml": b""})
    assert "member 'framework-x.toml' should not be there" in refusal(told)


def test_all_problems_at_once(bundle, refusal):
    changed = {**bundle.members, "profile.toml": b"name", "evidence.csv": b""}
    del changed["scores.csv"]
    problems = refusal(changed)
    assert [p.split()[1] for p in problems] == ["evidence.csv", "profile.toml", "scores.csv"]
    assert "changed or cut off" in problems[0]


def test_a_file_that_was_cut_off_or_is_something_else(bundle, refusal):
    whole = to_zip(bundle.members)
    for end in (0, 1, len(whole) // 2, len(whole) - 1):
        assert "was cut off" in refusal(whole[:end])[0]
    assert "is no bundle" in refusal(b"unit,period\n")[0]
    assert "should not be there" in refusal({"word/document.xml": b"", "manifest.json": b"{}"})[0]


@settings(max_examples=40)
@given(at=st.integers(0, 10**6), sign=st.integers(1, 255))
def test_a_byte_anywhere_is_refused_or_changes_nothing(bundle, at, sign):
    raw = bytearray(to_zip(bundle.members))
    raw[at % len(raw)] ^= sign
    try:
        members = from_zip(bytes(raw), "x")
    except InputError:
        return
    assert members == bundle.members


@pytest.mark.parametrize("name", ["../up.csv", "/etc/x", "a\\b", "con", "scores.csv/", "s\x1b[2J"])
def test_names_that_are_not_of_a_bundle_are_never_paths(bundle, refusal, name):
    (problem,) = refusal({**bundle.members, name: b"x"})
    assert problem.endswith("should not be there")
    assert problem.isprintable()


def test_the_same_name_twice(bundle, refusal):
    held = io.BytesIO(to_zip(bundle.members))
    with (
        zipfile.ZipFile(held, "a") as made,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        made.writestr("scores.csv", b"unit")
    assert refusal(held.getvalue()) == ("member 'scores.csv' stands there more than once",)


def test_bombs(bundle, refusal, monkeypatch):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", b" " * 3_000_000)
    assert "has 3,000,000 bytes; at most 1,048,576" in refusal(held.getvalue())[0]
    many = {f"framework-{n}.toml": b"" for n in range(70)}
    assert refusal(many) == ("has 70 members; at most 64 are allowed",)
    monkeypatch.setattr(archive, "WHOLE", 1000)
    assert "would unpack to" in refusal(to_zip(bundle.members))[0]


def packed(members, **changes):
    """Return members as a zip that differs from ours in what is named."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", changes.pop("packing", zipfile.ZIP_STORED)) as made:
        made.comment = changes.pop("comment", b"")
        for name, raw in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = made.compression
            for key, value in changes.items():
                setattr(entry, key, value)
            made.writestr(entry, raw)
    return held.getvalue()


def test_bytes_that_no_hash_covers(bundle, refusal):
    assert from_zip(packed(bundle.members), "x") == bundle.members
    whole = to_zip(bundle.members)
    between = packed(bundle.members, extra=b"\xfe\xca\x03\x00abc")
    beside = packed(bundle.members, comment=b"abc")
    for hidden in (b"abc" + whole, whole + b"abc", between, beside):
        assert "bytes that belong to none of its files" in refusal(hidden)[0]


def test_links_and_what_is_compressed(bundle, refusal):
    link = refusal(packed(bundle.members, external_attr=0o120777 << 16))
    assert len(link) == len(bundle.members)
    assert "member 'evidence.csv' is a link or a folder, not a file" in link
    small = refusal(packed(bundle.members, packing=zipfile.ZIP_DEFLATED))
    assert "member 'evidence.csv' is encrypted or compressed: r2prisk does neither" in small


@pytest.mark.parametrize(("at", "value"), [(8, 0x01), (8, 0x20), (8, 0x40), (6, 99), (10, 8)])
def test_what_the_list_of_a_zip_may_claim(bundle, refusal, at, value):
    """Encrypted, patched, strongly encrypted, of a later zip, compressed."""
    raw = bytearray(to_zip(bundle.members))
    raw[raw.index(b"PK\x01\x02") + at] = value
    (problem,) = refusal(bytes(raw))
    assert "encrypted or compressed" in problem or "cannot be unpacked" in problem


def test_names_that_are_one_on_many_machines(bundle, refusal):
    twice = {**bundle.members, "framework-Mine.toml": b"", "framework-mine.toml": b""}
    assert refusal(twice) == (
        "member 'framework-Mine.toml' stands there more than once",
        "member 'framework-mine.toml' stands there more than once",
    )


def test_what_no_peer_could_open_is_not_written(bundle, tmp_path):
    clash = Bundle(bundle.manifest, {**bundle.members, "Scores.csv": b""})
    with pytest.raises(InputError, match="should not be there"):
        clash.write(tmp_path / "x.r2prisk.zip")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2012", "2012-05", "has no periods from 2012 to 2012-05"),
        ("2013", "2012", "has no periods from 2013 to 2012"),
        ("1000-01-01", "2012-12-31", "names more periods than scores.csv has rows"),
        ("soon", "2012", "'soon' is not a year"),
    ],
)
def test_periods_that_are_none(bundle, refusal, first, last, expected):
    coded = bundle.manifest.evidence.model_dump() | {"first": first, "last": last}
    (problem,) = refusal(rehashed(bundle, {}, evidence=coded), run=True)
    assert expected in problem


def test_frameworks_that_are_none(bundle, refusal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text("name = 'kept'", encoding="utf-8")
    foa = bundle.manifest.frameworks[0].model_dump()
    told = rehashed(bundle, {}, frameworks=[foa | {"name": "mine.toml"}, foa, foa])
    assert refusal(told, run=True) == (
        "manifest.json: no framework 'mine.toml' in r2prisk or in the bundle",
        "manifest.json: framework 'un-foa-2014' stands twice",
    )


def test_a_framework_of_ones_own_is_the_one_that_is_named(bundle, refusal):
    foa, other = (one.model_dump() for one in bundle.manifest.frameworks)
    own = {"framework-un-foa-2014.toml": as_toml(load_framework("un-foa-2014")).encode()}
    told = rehashed(bundle, own, frameworks=[foa | {"own": True, "sha256": "0" * 64}, other])
    (problem,) = refusal(told, run=True)
    assert problem.startswith("the manifest says of the hash of framework-un-foa-2014.toml: 0000")


def test_a_manifest_that_is_silent_on_what_must_be_said(bundle, refusal):
    told = json.loads(bundle.members["scores.provenance.json"])
    told["notes"] = [*told["notes"], "Illustrative coding"]
    raw = (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()
    assert "rests on the casebook, whose coding is an example, and does not say so" in refusal(
        rehashed(bundle, {"scores.provenance.json": raw}), run=True
    )
    alone = rehashed(bundle, {}, evidence=None)  # restricted evidence taken out, its ratings not
    del alone["evidence.csv"]
    alone = json.loads(alone["manifest.json"]), alone
    del alone[0]["members"]["evidence.csv"]
    alone[1]["manifest.json"] = json.dumps(alone[0]).encode()
    assert refusal(alone[1], run=True) == (
        "the scores are not for the audience 'partner': delete the file and tell the sender",
    )


def test_no_sign_in_a_manifest_writes_over_what_is_shown(bundle, refusal):
    content = json.loads(bundle.members["manifest.json"])
    for sign in ("\x1b[2J", "\u202e", "\u2028", "\n"):
        changed = json.dumps(content | {"profile": f"default{sign}"}).encode()
        (problem,) = refusal({**bundle.members, "manifest.json": changed})
        assert "signs that are not shown" in problem
        assert problem.isprintable()


def test_another_or_a_newer_format(bundle, refusal):
    newer = json.dumps({"format": "r2prisk bundle", "edition": 2}).encode()
    assert refusal({**bundle.members, "manifest.json": newer}) == (
        "is of format 2; this r2prisk reads format 1: install a newer one",
    )
    for other in (b"[]", b"{}", b'{"format": "x"}'):
        assert "not one of an assessment" in refusal({**bundle.members, "manifest.json": other})[0]
    for damaged in (b"", b"\xff", b"[" * 100_000):
        assert "cannot be read" in refusal({**bundle.members, "manifest.json": damaged})[0]
    content = json.loads(bundle.members["manifest.json"])
    content |= {"audience": "all", "made": "x", "units": [], "strange\x1b": 1}
    problems = refusal({**bundle.members, "manifest.json": json.dumps(content).encode()})
    assert len(problems) == 4
    assert all(problem.isprintable() for problem in problems)


def test_scores_that_do_not_come_out_of_the_rest(bundle, refusal):
    frame = pd.read_csv(io.BytesIO(bundle.members["scores.csv"]))
    frame["risk"] += 0.01
    changed = {"scores.csv": frame.to_csv(index=False, lineterminator="\n").encode()}
    assert refusal(rehashed(bundle, changed), run=True) == (
        "1 of 1 rows of scores come out otherwise than scores.csv has them",
    )
    raw = bundle.members["evidence.csv"].replace(b"0.25", b"0.75")
    assert raw != bundle.members["evidence.csv"]
    problems = refusal(rehashed(bundle, {"evidence.csv": raw}), run=True)
    assert problems == (
        "the ratings come out otherwise than scores.ratings.csv has them",
        "1 of 1 rows of scores come out otherwise than scores.csv has them",
    )


def test_a_manifest_that_says_other_things_than_the_files(bundle, refusal):
    told = rehashed(bundle, {}, audience="public", units=["KEN"], last="2013", rows=9)
    problems = refusal(told, run=True)
    assert problems[0] == (
        "1 rows of evidence are not for the audience 'public': delete the file and tell the sender"
    )
    assert len(problems) == 4
    assert "the manifest says of units: KEN; the files: GHA" in problems


def test_a_profile_may_not_reach_for_other_files(bundle, refusal, tmp_path):
    (tmp_path / "mine.toml").write_text("name = 'kept'", encoding="utf-8")
    raw = f"base = '{tmp_path}/mine.toml'\nname = 'x'\n".encode()
    (problem,) = refusal(rehashed(bundle, {"profile.toml": raw}), run=True)
    assert "holds all of a profile" in problem
    assert "kept" not in problem


def test_another_version_is_named_and_numbers_decide(bundle, tmp_path):
    to = tmp_path / "x.r2prisk.zip"
    raw = bundle.members["scores.provenance.json"].replace(b'"r2prisk"', b'"R2prisk"')
    to.write_bytes(to_zip(rehashed(bundle, {"scores.provenance.json": raw}, r2prisk="99.0")))
    again = open_bundle(to).rerun()
    assert not again.same_bytes
    assert again.largest == 0.0
    assert again.notes[0].startswith("made by r2prisk 99.0, run by ")


def test_numbers_that_another_machine_adds_up_otherwise(bundle, tmp_path):
    frame = pd.read_csv(io.BytesIO(bundle.members["scores.csv"]))
    frame["risk"] += 1e-12
    changed = {"scores.csv": frame.to_csv(index=False, lineterminator="\n").encode()}
    (tmp_path / "x.r2prisk.zip").write_bytes(to_zip(rehashed(bundle, changed)))
    again = open_bundle(tmp_path / "x.r2prisk.zip").rerun()
    assert not again.same_bytes
    assert again.largest == pytest.approx(1e-12, rel=1e-3)


def test_bytes_that_r2prisk_would_not_write(bundle, refusal):
    raw = bundle.members["evidence.csv"].replace(b"\n", b"\r\n")
    (problem,) = refusal(rehashed(bundle, {"evidence.csv": raw}), run=True)
    assert "member evidence.csv is not as r2prisk" in problem


def test_a_folder_or_nothing_at_all(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        open_bundle(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        open_bundle(tmp_path / "no.r2prisk.zip")
