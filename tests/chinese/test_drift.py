"""The editions cannot drift: what is changed in one and not in the other is named, with its cell and its paragraph.

Fails when one of the mutations gets by, or when a translator is refused who only says the same in other words.
"""

import shutil

import chinese
import pytest
import small_pair
import twins
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


@pytest.mark.parametrize("name", ["comparison turned", "sentence more", "english of a term gone", "items exchanged"])
def test_agreeing_settles_what_the_chinese_is_meant_to_say(book, name):
    book.replace(*MUTATIONS[name])
    assert all("`make agree`" in fault for fault in book.faults())
    chinese.agree(book.root)
    assert book.faults() == []


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("That is *One share for each*.", "每个键得到的份额都写在这里。"),
        ("That is an exercise.", "这就是练习“各得一份”。"),
    ],
)
def test_an_exercise_of_any_chapter_is_named_in_both_or_in_neither(english, said):
    known = {"One share for each": ("各得一份", True)}
    assert len(list(chinese.wrong_references(english, said, known))) == 1
    assert list(chinese.wrong_references("See *One share for each*.", "见练习“各得一份”。", known)) == []


@pytest.mark.parametrize(
    ("english", "said", "what"),
    [
        ("It has shape (n, m).", "它的形状是(m, n)。", "the shape (n, m)"),
        ("Returns ``levels + 1`` tensors.", "返回``levels``个张量。", "the code levels + 1"),
        ("Near 0.5 it stops.", "在0.6附近停下。", "the number 0.5"),
        ("{name} is right for {count}.", "{name}是对的。", "the code {count}"),
        ("At {x} the answer is small.", "在{x}处，the answer is small。", "left in English"),
        ("There are three of them.", "一共有四个。", "in words"),
    ],
)
def test_a_text_of_the_toolbox_is_held_against_its_chinese(english, said, what):
    assert any(what in fault for fault in twins.differences_of_words(english, said))


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("L{layer}H{head}, {view}", "L{layer}H{head}，{view}"),
        ("{name} {refusal}; it {did}.", "{name}{refusal}；实际上它{did}。"),
        ("A chapter of <em>{title}</em>", "《{title}》的一章"),
        ("Four tenths of it.", "其中的0.4。"),
        ("0.4 of it are level 2 of two.", "其中的十分之四，是两层里的第二层。"),
        ("Half a minute, or ten million bits.", "30秒，或者1000万比特。"),
    ],
)
def test_a_text_in_its_own_words_is_not_refused(english, said):
    assert list(twins.differences_of_words(english, said)) == []


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
