"""Documents as files: what a page must show, keep out, and never lose."""

import html.parser
import zipfile

import pytest

from r2prisk.about import CAUTION
from r2prisk.errors import InputError
from r2prisk.prevention.document import Blank, Document, Grid, Part
from r2prisk.reporting.documents import as_html, to_the_right, write_document

FACTORS = Grid(
    ("Factor", "Strength", "Remark"), (("SGS1", "0.25", ""), ("SGS3", "?", "=1+1"), ("S", "", "b"))
)
PLAN = Document(
    "Plan <script>",
    ("For 2013,\n in short.",),
    (Part("What is due", ("a < b & c", FACTORS, Blank("Next <review>", "a date"))),),
)


class Seen(html.parser.HTMLParser):
    """What stands in a page: its elements with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def classes(seen, name):
    return [at for _, at in seen.tags if at.get("class") == name]


def test_html_escapes_every_text_and_asks_for_nothing():
    page = as_html(PLAN)
    seen = Seen(page)
    assert not {"script", "img", "link", "review"} & {tag for tag, _ in seen.tags}
    assert not [at for _, at in seen.tags if {"src", "href"} & set(at)]
    assert "http:" not in page
    assert "https:" not in page
    for text in ("Plan <script>", "For 2013, in short.", "a < b & c", "Next <review>", CAUTION):
        assert text in "".join(seen.text)


def test_html_marks_what_is_unknown_and_what_is_to_fill_in():
    seen = Seen(as_html(PLAN))
    assert len(classes(seen, "unknown")) == 1
    assert len(classes(seen, "open")) == 2  # the remark on SGS1 and the strength of S
    assert len(classes(seen, "room")) == 1


def test_columns_of_numbers_stand_to_the_right():
    assert to_the_right(FACTORS) == (False, True, False)
    assert to_the_right(Grid(("a", "b"), (("?", ""),))) == (False, False)


@pytest.mark.parametrize("ending", [".md", ".html", ".docx"])
def test_the_same_document_makes_the_same_bytes(tmp_path, ending, needs_extra):
    if ending == ".docx":
        needs_extra("docx")
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending.upper()}"
    write_document(PLAN, one)
    write_document(PLAN, two)
    assert one.read_bytes() == two.read_bytes()
    assert len(one.read_bytes()) > 200


def test_markdown_is_the_documents_own(tmp_path):
    write_document(PLAN, tmp_path / "plan.md")
    assert (tmp_path / "plan.md").read_text(encoding="utf-8") == PLAN.to_markdown()


def test_markdown_keeps_texts_texts():
    texts = ("- a", "2013. b", "---", "~~~", "&lt;b&gt;", "-5% of R&D", "a\x1b[2J")
    told = Document("T", texts, (Part("P", ("+ c", Grid(("-",), (("- d",),)))),)).to_markdown()
    assert told.split("\n\n")[1:8] == [
        "\\- a", "2013\\. b", "--\\-", "\\~\\~\\~", "\\&lt;b\\&gt;",
        "-5% of R&D", "a\\[2J",
    ]  # fmt: skip
    assert "\n\n\\+ c\n\n| - |\n|---|\n| - d |" in told


def test_word_has_real_headings_tables_and_boxes(tmp_path, needs_extra):
    needs_extra("docx")
    import docx

    write_document(PLAN, tmp_path / "plan.docx")
    made = docx.Document(str(tmp_path / "plan.docx"))
    styles = {p.text: p.style.name for p in made.paragraphs}
    assert styles["Plan <script>"] == "Title"
    assert styles["What is due"] == "Heading 1"
    assert styles[CAUTION] == "Normal"
    grid, box = made.tables
    assert [cell.text for cell in grid.rows[0].cells] == list(FACTORS.head)
    assert grid.rows[2].cells[1].text.strip("\N{NO-BREAK SPACE}") == "?"
    assert 'w:bdr w:val="dashed"' in grid.rows[2].cells[1]._tc.xml
    assert "w:shd" in grid.rows[1].cells[2]._tc.xml
    assert "w:shd" not in grid.rows[2].cells[2]._tc.xml
    assert box.rows[0].cells[0].text == ""
    assert "w:shd" in box.rows[0].cells[0]._tc.xml
    assert made.core_properties.author == ""
    with zipfile.ZipFile(tmp_path / "plan.docx") as parts:
        assert not [name for name in parts.namelist() if "thumbnail" in name]


def test_word_keeps_a_table_with_what_is_before_it_and_a_range_on_one_line(tmp_path, needs_extra):
    needs_extra("docx")
    import docx

    grid = Grid(("Risk (could be)", "From"), (("0.68 (0.30 to 0.93)", "5% to 7%"),))
    blocks = ("Last. From 2 to 3", grid, "before words", "at the end: easy to do")
    write_document(Document("T", (), (Part("P", blocks),)), tmp_path / "one.docx")
    made = docx.Document(str(tmp_path / "one.docx"))
    kept = {p.text[:6]: p.paragraph_format.keep_with_next for p in made.paragraphs}
    assert (kept["Last. "], kept["before"], kept["at the"]) == (True, False, False)
    assert made.styles["Heading 1"].paragraph_format.keep_with_next
    table = made.tables[0]
    head, row = ([cell.paragraphs[0] for cell in row.cells] for row in table.rows)
    assert all(p.paragraph_format.keep_with_next for p in head)
    assert not any(p.paragraph_format.keep_with_next for p in row)
    assert [p.text for p in row] == ["0.68 (0.30\xa0to\xa00.93)", "5%\xa0to\xa07%"]
    tight = Grid(tuple("abcdefgh"), (("0.68 (0.30 to 0.93)", *["w" * 12] * 7),))
    write_document(Document("T", (), (Part("P", (tight,)),)), tmp_path / "tight.docx")
    columns = docx.Document(str(tmp_path / "tight.docx")).tables[0].columns
    # the range of 14 signs needs more room than a word of 12
    assert columns[0].width > columns[1].width
    # words keep their own room to break
    assert "easy to do" in made.paragraphs[-2].text
    assert "From 2\xa0to\xa03" in made.paragraphs[2].text


def test_signs_that_no_page_can_hold_do_not_stop_it(tmp_path, needs_extra):
    strange = Document("a\x00b\ud800", ("\x0bc",), (Part("d\x1f", (Blank("e\x07"),)),))
    for ending in (".md", ".html"):
        write_document(strange, tmp_path / f"strange{ending}")
    assert "<h1>ab</h1>" in (tmp_path / "strange.html").read_text(encoding="utf-8")
    needs_extra("docx")
    write_document(strange, tmp_path / "strange.docx")


@pytest.mark.parametrize(("name", "hint"), [("plan.pdf", ""), ("plan.doc", ".docx"), ("plan", "")])
def test_another_ending_is_refused_and_what_stood_there_stays(tmp_path, name, hint):
    path = tmp_path / name
    path.write_text("old")
    with pytest.raises(InputError, match=r"\.md, \.html or \.docx") as refused:
        write_document(PLAN, path)
    assert hint in str(refused.value)
    assert path.read_text() == "old"
