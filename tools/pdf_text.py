"""Have a PDF say which characters it shows, so that words in it are found, and copied as they were written.

Fonts draw a character and the radical that looks like it with one glyph: 力 (U+529B) and ⼒ (U+2F12). The browser that
prints the book notes one of the two for the glyph, often the radical, and nobody who looks for 注意力 finds it. So
it is with ﬁ in one glyph, and who looks for `fitted`.
"""

import re
import unicodedata

from pypdf.generic import DictionaryObject

# What Unicode has no rule for: the supplement of radicals, U+2E80 to U+2EFF, each followed by the character that Noto's
# fonts draw with the same glyph.
SUPPLEMENT = (
    "⺂乛⺃乚⺅亻⺉刂⺋㔾⺎兀⺏尣⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺘扌⺙攵⺛旡⺞歺⺟母⺠民⺡氵⺣灬⺤爫⺦丬⺨犭⺫罒⺭礻⺯糹⺰纟⺱罓⺲罒⺳㓁⺹耂⺺肀⺾艹⺿艹"
    "⻂衤⻃覀⻄西⻅见⻆角⻈讠⻉贝⻋车⻌辶⻍辶⻎辶⻐钅⻑長⻒镸⻓长⻔门⻖阝⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
CHARACTER = dict(zip(SUPPLEMENT[::2], SUPPLEMENT[1::2], strict=True))
# The radicals that Unicode has a rule for, the ideographs that are in it a second time, and letters joined, as in ﬁ.
TWICE = re.compile("[\u2f00-\u2fdf\uf900-\ufaff\ufb00-\ufb06]")
CODE = r"<([0-9A-Fa-f]+)>"


def as_written(text):
    """A text with the characters that are meant in place of radicals, doubles and joined letters that look alike."""
    text = "".join(CHARACTER.get(character, character) for character in text)
    return TWICE.sub(lambda double: unicodedata.normalize("NFKC", double[0]), text)


def not_found(text, terms):
    """What is wrong with the raw text of a PDF: the terms that are not in it, and what only looks like a character.

    Nothing is normalised, as no reader who searches does.
    """
    alike = {character for character in text if as_written(character) != character}
    return [term for term in terms if term not in text] + sorted(alike)


def mend(book):
    """Correct, in a `pypdf.PdfWriter`, what its fonts say of their glyphs."""
    for thing in book._objects:  # pypdf has no other way to all fonts of a document
        if isinstance(thing, DictionaryObject) and "/ToUnicode" in thing:
            stream = thing["/ToUnicode"].get_object()
            stream.set_data(mend_table(stream.get_data().decode("latin-1")).encode("latin-1"))


def mend_table(table):
    """A table of glyphs and the characters that they show, in the words of a PDF, with the right characters."""
    table = re.sub(r"(?<=beginbfchar).*?(?=endbfchar)", mend_single, table, flags=re.DOTALL)
    return re.sub(r"(?<=beginbfrange).*?(?=endbfrange)", mend_ranges, table, flags=re.DOTALL)


def mend_single(lines):
    return re.sub(rf"{CODE}(\s*){CODE}", lambda pair: f"<{pair[1]}>{pair[2]}<{right(pair[3])}>", lines[0])


def mend_ranges(lines):
    def spell_out(found):
        first, last = int(found[1], 16), int(found[2], 16)
        codes = [f"{int(found[3], 16) + i:0{len(found[3])}X}" for i in range(last - first + 1)]
        meant = [right(code) for code in codes]
        if meant == codes:
            return found[0]
        return f"<{found[1]}> <{found[2]}> [{' '.join(f'<{code}>' for code in meant)}]"

    return re.sub(rf"{CODE}\s*{CODE}\s*{CODE}", spell_out, lines[0])


def right(code):
    """The code of the character that is meant, in the hexadecimal digits of UTF-16 that a PDF has."""
    return as_written(bytes.fromhex(code).decode("utf-16-be", "replace")).encode("utf-16-be").hex().upper()
