"""The editions cannot drift: what is changed in one and not in the other is named, with its cell and its paragraph.

Fails when one of the mutations gets by, or when a translator is refused who only says the same in other words.
"""

import shutil

import chinese
import pytest
import small_pair
from mutations import EN, FRAMES, HARMLESS, MUTATIONS


@pytest.fixture(scope="module")
def agreed(tmp_path_factory):
    return small_pair.new(tmp_path_factory.mktemp("agreed") / "book")


@pytest.fixture
def book(agreed, tmp_path):
    shutil.copytree(agreed.root, tmp_path / "book")
    copied = small_pair.Pair.__new__(small_pair.Pair)
    copied.root = tmp_path / "book"
    return copied


def test_the_book_agrees_before_anything_is_changed(agreed):
    assert agreed.faults() == []
    assert len(MUTATIONS) + len(FRAMES) >= 60
    assert len(HARMLESS) >= 40


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_change_in_one_edition_is_named(book, name):
    language, where, old, new = MUTATIONS[name]
    book.replace(language, where, old, new)
    faults = book.faults()
    assert faults
    if "." not in where:
        assert all(
            f"zh/{small_pair.NOTEBOOK}, {where.split()[0]}" in fault or f"'{where.split()[0]}'" in fault
            for fault in faults
        )
    if name.startswith("english ") and " gone" not in name and "order" not in name:
        assert any(new.strip("- ") in fault for fault in faults)  # the paragraph as it is now


@pytest.mark.parametrize("name", FRAMES)
def test_a_change_of_the_frame_is_named(book, name):
    language, act = FRAMES[name]
    book.change(language, act)
    assert any(small_pair.NOTEBOOK in fault for fault in book.faults())


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_change_is_not_refused(book, name):
    book.replace(*HARMLESS[name])
    assert book.faults() == []


@pytest.mark.parametrize(
    "name", [name for name in MUTATIONS if MUTATIONS[name][0] == EN and "." not in MUTATIONS[name][1]]
)
def test_agreeing_settles_only_that_the_chinese_was_looked_at(book, name):
    """After `make agree` a changed sentence is settled, and what is in one edition alone is not."""
    book.replace(*MUTATIONS[name])
    chinese.agree(book.root)
    kept = ("code in", "formula in", "number in", "link in", "table row", "option in", "paragraph gone", "shape")
    assert bool(book.faults()) == any(word in name for word in kept)


def test_a_page_that_is_gone_and_one_that_the_english_lacks_are_named(book):
    (book.root / "zh/intro.md").rename(book.root / "zh/outro.md")
    faults = "\n".join(book.faults())
    assert "zh/intro.md is missing" in faults
    assert "zh/outro.md: the English has no such page" in faults


def test_a_new_chapter_is_brought_in_english_and_listed_until_it_is_chinese(book):
    toc = book.root / "_toc.yml"
    toc.write_text(toc.read_text() + "  - file: chapters/new\n")
    (book.root / "chapters/new.md").write_text("# A new one\n\nOf cats.\n", "utf-8")
    assert "zh/chapters/new.md is missing" in "\n".join(book.faults())
    chinese.bring(book.root)
    assert "left in English" in "\n".join(book.faults())
    (book.root / "zh/chapters/new.md").write_text("# 新的一章\n\n讲猫。\n", "utf-8")
    chinese.agree(book.root)
    assert book.faults() == []


def test_code_is_brought_over_and_chinese_comments_stay_where_their_lines_do(book):
    book.replace(EN, "code", "weights = scores.exp()  # positive", "weights = scores.exp2()  # positive")
    chinese.bring(book.root)
    text = (book.root / "zh" / small_pair.NOTEBOOK).read_text("utf-8")
    assert "exp2" in text
    assert "每行之和是1" in text
    assert "四只猫看哪里" in text
    faults = book.faults()
    assert len(faults) == 1
    assert "a comment left in English" in faults[0]


def test_while_the_edition_is_in_the_making_what_is_missing_is_no_fault(tmp_path):
    book = small_pair.new(tmp_path / "book")
    (book.root / "zh/made-from.json").unlink()
    for path in (book.root / "zh").rglob("*.*"):
        if path.name != "intro.md":
            path.unlink()
    chinese.agree(book.root)
    assert book.faults() == []
