"""What a text of the book and its Chinese twin have to have in common, and where they differ.

A text is taken apart by the build's own Markdown parser into blocks: headings, paragraphs, list items, cells of tables,
code, formulas, directives, tags. Both editions have the same blocks in the same order, and each block the same of all
that is no prose: formulas, code, numbers, citations, links, bold words. What a block says in Chinese, it may say as it
likes: sentences may be cut, joined and put in another order, and numerals written as Chinese writes them.
"""

import ast
import io
import re
import tokenize
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache

import yaml
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

EXTENSIONS = {"colon_fence", "dollarmath", "linkify", "substitution", "tasklist", "html_image"}  # as in _config.yml
PARSER = create_md_parser(MdParserConfig(enable_extensions=EXTENSIONS), RendererHTML)
CHINESE = re.compile("[\u3400-\u9fff]")

# A paragraph, or a section, that only the Chinese edition has: after a line that says so.
ONLY_HERE = re.compile(r"^(?:% only here|<!-- only here -->)\n+(?P<what>(?P<level>#+) |)", re.MULTILINE)

# Directives whose content is prose, and those whose first line says something to a reader.
WITH_PROSE = {"explorable", "note", "tip", "important", "warning", "caution", "seealso", "admonition", "dropdown"}
WITH_PROSE |= {"figure", "exercise-start", "solution-start"}
TITLED = {"admonition", "dropdown", "exercise-start"}
SPOKEN_OPTIONS = ("alt",)

# A number, with its sign where it has one.
NUMBER = re.compile(r"(?<![\d.])(?:(?<![A-Za-z0-9.)\]])[-−])?\d+(?:,\d{3})*(?:\.\d+)?|[½¼¾]")
SIMPLE = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
COUNTED = {word: number for number, word in enumerate(SIMPLE.split())}
COUNTED |= {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
COUNTED |= {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
COUNTED |= {f"{word}s": number for word, number in COUNTED.items()} | {"sixes": 6}
COUNTED |= {"dozen": 12, "hundreds": 100, "thousands": 1000, "millions": 10**6, "billions": 10**9}
MULTIPLES = (100, 1000, 10**6, 10**9)
# They are no part of a longer number, as in "two thirds". "Second" may be one of time, and comes below.
ORDINALS = "first third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905
ORDINALS = dict(zip(ORDINALS, (1, *range(3, 13)), strict=True))
ORDINALS |= {f"{word}s": value for word, value in ORDINALS.items()}
# Chinese may say these as numbers, and need not.
MAY_BE_SAID = {
    "second": {2},
    "half": {0.5, 2, 30, 50},
    "halves": {2},
    "quarter": {4, 15, 25},
    "quarters": {4, 75},
    "both": {2},
}
MAY_BE_SAID |= {"pair": {2}, "pairs": {2}, "twice": {2}, "double": {2}, "doubled": {2}, "doubles": {2}, "other": {2}}

# How Chinese writes numbers, and words in which these characters count nothing.
DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
NUMERAL = re.compile("[零一二三四五六七八九两十百千万亿]+")
NO_NUMERAL = re.compile(
    "[一二三四五六七八九两十百千]+[来多余][百千万亿]*|(?<![一二三四五六七八九])十分(?![之钟])|十足|三角|四周|四处|四面|四方|再三|五花八门|七上八下|乱七八糟|千万别|万一|百分(?!之)|万物|万能|成千上万|千差万别"
    "|九宫|四舍五入|四则|一五一十|千篇一律|丢三落四|一一|[几数好]十(?![一二三四五六七八九])|十几|[几数上]百|[几数上]千|[几数上]万|千万[^分]|[年月日][一二三四五六七八九十]+"
    "|[零一二三四五六七八九十]+[年月日]"
)

# English that stays: what brackets or quotation marks of Chinese hold, titles, and what is set apart by stars.
SET_APART = re.compile(r"《[^》]*》|“[^”]*”|（[^（）]*）")
WORD = r"[A-Za-z][A-Za-z’'-]*"
RUN = re.compile(rf"{WORD}(?:[ ,;:.]+(?:\d[\d.]*[ ,;:]+)?{WORD})+")
# Words that hold an English sentence together; none of them stands in a name.
JOINING = set(
    """a an the is are was were be been it its that this these those which what who whom how when where why not no with
    from by as at into than then so if or but you your we our us they them their he she his her has have had do does did
    can could will would may might must should each every some any only also more most less on for to""".split()  # noqa: SIM905
)


# What a text begins with, in English and in Chinese: whoever answers wants to know whether it was right.
BEGINNINGS = (
    (r"Right[.,]", "(?:答?对(?!于)|正确|没错|是)"),
    (r"No[.]", "[不错否没并]"),
    (r"Exercise: ", "练习"),
    (r"Hint(?:$|,)", "提示"),
    (r"Solution(?:$|,)", "解答"),
)

# Units that stand behind a number in Chinese, and what English then has somewhere. Latin ones are the same in both.
UNITS_OF_MEASURE = {
    "毫秒": r"\b(?:milliseconds?|ms)\b",
    "ms": r"\b(?:milliseconds?|ms)\b",
    "秒": r"\b(?:seconds?|s|half a minute)\b",
    "s": r"\b(?:seconds?|s|half a minute)\b",
    "分钟": r"\b(?:minutes?|min)\b",
    "小时": r"\bhours?\b",
    "%": r"%|\bper ?cent|\bin 100\b|\bhundredth|\bhal(?:f|ves)\b|\bquarters?\b",
}
UNIT = re.compile(
    r"(?:\d\s*|[零二三四五六七八九十百千万亿])(毫秒|秒|分钟|小时|[%％])|\d\s*([A-Za-zµ]{1,3})(?![A-Za-z0-9_])"
)
# The shape of a tensor, as (n, d_v) is; one of whole words may be said in Chinese.
SHAPE = re.compile(r"\((?!\w*[a-z]{3})\w+,(?: (?!\w*[a-z]{3})\w+,?)*\)")


@dataclass
class Block:
    """A part of a text: what kind it is, and for one that says something, what it says and has besides words."""

    kind: tuple
    text: str = ""
    has: Counter = field(default_factory=Counter)
    words: str = ""  # its prose alone


def without_what_is_only_here(text):
    while found := ONLY_HERE.search(text):
        level = found["level"]
        rest = text[found.end() :]
        end = re.search(
            rf"^(?:#{{1,{len(level)}}} |% only here|<!-- only here)" if level else r"\n[ \t]*\n", rest, re.MULTILINE
        )
        text = text[: found.start()] + (rest[end.start() :] if end else "").lstrip("\n")
    return text


@cache
def blocks(text):
    """The blocks of a Markdown text in their order."""
    found = []
    lines = text.splitlines()
    for token in PARSER.parse(text):
        read = READERS.get(token.type)
        if read:
            found += read(token, lines)
        elif token.nesting == 1:
            name = token.tag if token.type == "heading_open" else token.type.removesuffix("_open")
            found.append(Block((name, token.attrGet("start")) if token.attrGet("start") else (name,)))
        elif token.nesting == 0 and token.type not in ("myst_line_comment", "hr"):
            found.append(Block((token.type, token.info)))
        elif token.type == "hr":
            found.append(Block(("hr",)))
    return found


def read_inline(token, lines):
    has, words = Counter(), []
    cited = citation_links(token.children)
    for number, child in enumerate(token.children):
        if child.type == "math_inline" or child.type == "math_inline_double":
            has["the formula", formula(child.content)] += 1
        elif child.type == "code_inline":
            has["the code", place(child.content.strip())] += 1
        elif child.type == "myst_role":
            has[role(child)] += 1
        elif child.type == "link_open" and child.markup != "linkify":
            has["the link to", place(child.attrGet("href"))] += 1
        elif child.type == "image":
            has["the picture", place(child.attrGet("src"))] += 1
            words.append(child.content)
        elif child.type == "html_inline":
            has["the tag", " ".join(child.content.split())] += 1
        elif child.type == "strong_open":
            has["bold words", ""] += 1
        elif child.type == "s_open":
            has["struck words", ""] += 1
        elif child.type == "text":
            if number in cited:
                has["the citation", child.content] += 1
                continue
            words.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            words.append(" ")
        elif child.type.startswith("em_"):
            words.append("\x00")  # between stars: a title, or what is stressed
        elif child.nesting == 0:
            has[child.type, child.content] += 1
    said = "".join(words)
    has["a mark that marks nothing", "*"] = len(re.findall(r"\*+", said))
    has["a mark that marks nothing", "`"] = said.count("`")
    has["a mark that marks nothing", "$"] = said.count("$")
    has["a mark that marks nothing", "]("] = len(re.findall(r"\]\s*[(（]", said))
    return [Block(("words",), token.content, +has, said)]


def citation_links(children):
    """Which of these tokens are the text of a citation: a link whose words end in a year, which stays as it is."""
    found, at = set(), None
    for number, child in enumerate(children):
        if child.type == "link_open":
            at = number
        elif child.type == "link_close" and at is not None:
            inside = children[at + 1 : number]
            if re.search(r"\b(?:18|19|20)\d\d[a-z]?\)?$", "".join(part.content for part in inside)):
                found |= set(range(at + 1, number))
            at = None
    return found


def formula(tex):
    """A formula; what it says in words may be Chinese."""
    return re.sub(
        r"\\(text|mathrm|operatorname)\{[^{}]*[A-Za-z\u3400-\u9fff]{2,}[^{}]*\}", r"\\\1{}", "".join(tex.split())
    )


def role(token):
    name, content = token.meta["name"], token.content
    explicit = re.search(r"<([^<>]*)>$", content)
    if name == "term":
        return "the term", english_of_term(explicit[1] if explicit else content)
    return f"the role {name} to", explicit[1] if explicit else content


def english_of_term(term):
    """The English of "query (查询)" and of 查询（query）, which both name a place of the glossary."""
    inside = re.search(r"[(（]([^()（）]*)[)）]\s*$", term)
    before = re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", term)
    return (inside[1] if inside and CHINESE.search(before) else before).strip().lower()


def read_fence(token, lines):
    directive = re.match(r"\{([\w:-]+)\}\s*(.*)", token.info)
    if not directive:
        return read_code(token.content, token.info)
    name, argument = directive[1], directive[2].strip()
    spoken = name in TITLED
    found = [Block(("directive", name, "" if spoken else argument))]
    if spoken:
        found += read_words(argument)
    body = token.content
    while option := re.match(r":([\w-]+):[ \t]*(.*)\n?", body):
        body = body[option.end() :]
        if option[1] in SPOKEN_OPTIONS:
            found += [Block(("option", option[1])), *read_words(option[2])]
        else:
            found.append(Block(("option", option[1], option[2].strip())))
    if name == "glossary":
        return found + read_glossary(body)
    if name in WITH_PROSE:
        return found + blocks(body)
    return [*found, Block(("content of", name, body.strip()))]


def read_words(text):
    tokens = PARSER.parseInline(text)
    return read_inline(tokens[0], []) if tokens else []


def read_glossary(body):
    """Its entries, by their English names: each edition has its own alphabet."""
    entries = re.findall(r"^(\S.*)\n((?:[ \t]+\S.*\n?|[ \t]*\n(?=[ \t]))*)", body, re.MULTILINE)
    found = []
    for term, meaning in sorted(entries, key=lambda entry: english_of_term(entry[0].split(" : ")[0])):
        name = term.split(" : ")[0]
        found.append(Block(("term", english_of_term(name)), name))
        if not CHINESE.search(name):
            found.append(Block(("no Chinese for", name)))
        found += blocks("\n".join(line.strip() for line in meaning.splitlines()))
    return found


def read_code(code, info):
    """Code of a page, line by line; what a line says to a reader may be Chinese."""
    found = [Block(("code block", info.strip()))]
    for line in code.rstrip().splitlines():
        command, said = split_line(line, info)
        found.append(Block(("line of code", place(command))))
        if said:
            found.append(Block(("remark in code",), said, words=said))
    return found


def place(address):
    """A place of the repository as seen from the English edition."""
    return re.sub(r"zh(?:/|%2F)(?=chapters|index|$)|^(?:\.\./)+", "", address)


def split_line(line, info):
    """A line of code, and what is said beside it: after a #, or, where no language is named, in a second column."""
    column = r"|\s{2,}(?=\S)" if not info.strip() else ""
    match = re.match(rf"(\s*)#\s+(.*)|(\s*\S.*?)(?:\s+#\s+{column})(.*)", line)
    if not match:
        return line.rstrip(), ""
    return (match[3] or "").rstrip(), match[2] or match[4]


def read_formula(token, lines):
    return [Block(("formula", formula(token.content), token.info))]


def read_html(token, lines):
    """Tags and what they hold."""
    found = []
    for part in re.split(r"(<!--.*?-->|<[^>]*>)", token.content, flags=re.DOTALL):
        if re.match(r"<[^>]*>", part):
            found.append(Block(("tag", " ".join(part.split()))))
        elif part.strip():
            found += read_words(" ".join(part.split()))
    return found


def read_front_matter(token, lines):
    content = yaml.safe_load(token.content) or {}
    meta = content.get("myst", {}).get("html_meta", {})
    said = meta.pop("description", "")
    found = [Block(("front matter", yaml.safe_dump(content)))]
    return found + (read_words(said) if said else [])


READERS = {
    "inline": read_inline,
    "fence": read_fence,
    "colon_fence": read_fence,
    "code_block": lambda token, lines: read_code(token.content, ""),
    "math_block": read_formula,
    "math_block_label": read_formula,
    "amsmath": read_formula,
    "html_block": read_html,
    "front_matter": read_front_matter,
    "myst_target": lambda token, lines: [Block(("label", token.content))],
}


# --- where two texts differ


def differences(english, chinese):
    """Where a Chinese text differs in more than language, each as a sentence with the paragraph that it is about."""
    own, other = blocks(without_what_is_only_here(english)), blocks(without_what_is_only_here(chinese))
    kinds = [[block.kind for block in found] for found in (own, other)]
    if kinds[0] != kinds[1]:
        yield from different_frames(own, other, *kinds)
        return
    for one, twin in zip(own, other, strict=True):
        if one.text:
            yield from (f"{what}\n\n    {twin.text.strip()}\n" for what in faults(one, twin))


def differences_of_words(english, chinese):
    """The same of a text of the toolbox or the theme, in which {parts} are filled in and titles may be set in <em>."""
    texts = [re.sub(r"\{\w+(?:!r)?\}", r"`\g<0>` ", re.sub("</?em>", "", text)) for text in (english, chinese)]
    for what in differences(*texts):
        # Names and parts alone are the same in both.
        if not what.startswith("left in English") or re.search("[a-z]{3}", re.sub("`[^`]*`", "", texts[1])):
            yield what


def different_frames(own, other, *kinds):
    for edit, a, b, c, d in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        if edit != "equal":
            here, there = named(own[a:b]), named(other[c:d])
            near = next((block.text for block in reversed(other[: c + 1]) if block.text), "")
            says = (
                f"the English has {here}, where the Chinese has {there}"
                if here and there
                else f"the English has {here}, which the Chinese lacks"
                if here
                else f"the Chinese has {there}, which the English lacks"
            )
            yield f"{says}, at\n\n    {near.strip()}\n"


def named(part):
    return ", ".join(
        " ".join(str(word) for word in block.kind if word) for block in part if block.kind != ("words",)
    ) or (f"words ({part[0].text[:60]})" if part else "")


def faults(one, twin):
    """What is wrong with the Chinese twin of a block that says something."""
    for thing in (one.has - twin.has).keys() - {key for key in one.has if key[0].startswith("a mark")}:
        yield f"the English has {' '.join(thing).strip()}, and the Chinese has not:"
    for thing in twin.has - one.has:
        if thing[0].startswith("a mark"):
            yield f"{thing[0]}, {thing[1]}: punctuation and brackets belong outside of stars:"
        elif thing[0] not in ("the code", "the formula") or thing not in one.has:  # a name may be said once more
            yield f"the Chinese has {' '.join(thing).strip()}, and the English has not:"
    if one.kind[0] == "term":
        yield from other_name(one.text, twin.text)
        return
    yield from wrong_numbers(one.words, twin.words)
    yield from wrong_measures(one.words, twin.words)
    yield from wrong_beginning(one.text, twin.text)
    yield from lost_bold_words(one.text, twin.text)
    if len(one.words) > 60 and len(twin.words) < len(one.words) / 6:
        yield "the Chinese is too short to say what the English says:"
    if found := re.search("[０-９Ａ-Ｚａ-ｚ．]", twin.text):
        yield f"{found[0]} is as wide as a Chinese character; digits, letters and points are not:"
    if left := left_in_english(one.words, twin.words):
        yield f"left in English, {left}:"


def other_name(english, chinese):
    """Whether an entry of the glossary goes by a Chinese name that the English glossary does not know."""
    known = re.search(r"[(（]([^()（）]*)[)）]\s*$", english)
    name = re.sub(r"\s*[(（].*", "", chinese)
    if known and CHINESE.search(known[1]) and name not in re.split("[,，、] *", known[1]):
        yield f"in the English glossary it is {known[1]}:"


def wrong_measures(english, chinese):
    """Units and shapes of the one that the other lacks."""
    for unit in dict.fromkeys("".join(found).replace("％", "%") for found in UNIT.findall(chinese)):
        wanted = UNITS_OF_MEASURE.get(unit, rf"(?<![A-Za-z]){re.escape(unit)}(?![A-Za-z])")
        if not re.search(wanted, english, re.IGNORECASE if unit in UNITS_OF_MEASURE else 0):
            yield f"the Chinese measures in {unit}, and the English does not:"
    shapes = [Counter(SHAPE.findall(text.replace(",)", ", )").replace(", )", ",)"))) for text in (english, chinese)]
    for shape in shapes[0] - shapes[1]:
        yield f"the English has the shape {shape}, and the Chinese has not:"


def wrong_beginning(english, chinese):
    for here, there in BEGINNINGS:
        if re.match(here, english) and not re.match(there, chinese):
            yield f"the English begins with “{re.match(here, english)[0].strip()}”, and the Chinese does not:"
    said = re.match("(不?对|错)。", chinese)
    if said and not re.match(r"(?:Right|Yes|No|Wrong|True|False|Not)\b", english):
        yield f"the Chinese begins with “{said[0]}”, and the English does not:"


def lost_bold_words(english, chinese):
    """Words that English has in bold with their Chinese beside them are bold in Chinese."""
    bold = re.findall(r"\*\*([^*]+)\*\*", chinese)
    for gloss in re.findall(r"\*\*[^*]+\*\* \(([^()A-Za-z]+)\)", english):
        if not any(name in words for words in bold for name in re.split("[,，、] *", gloss)):
            yield f"the English has {gloss} beside bold words, and here it is not bold:"
    for words in bold:
        if re.search("[a-z]{2,} [a-z]", words) and not CHINESE.search(words):
            yield f"left in English, “{words}”:"


def numbers(text):
    return Counter(number.replace(",", "").replace("−", "-") for number in NUMBER.findall(text))


def numbers_in_words(english):
    """The numbers that English says in words, each as a whole: 25 for twenty-five."""
    values, run = Counter(), []
    plain = re.sub(r"\d[\d.,]* (?:hundred|thousand|million|billion)", "0", english.lower())
    for word in [*re.findall(r"[a-z]+|[^a-z\s-]", plain), "."]:
        if word in COUNTED and goes_on(run, COUNTED[word]):
            run.append(COUNTED[word])
            continue
        if run:
            values[summed(run)] += 1
        if word in COUNTED:
            run = [COUNTED[word]]
            continue
        if word in ORDINALS:
            values.update({ORDINALS[word], ORDINALS[word] + (run[-1] if run and run[-1] >= 20 else 0)})
        run = []
    return values


def fractions_in_words(english):
    """0.4 for "four tenths"."""
    found = re.findall(r"([a-z]+)[ -](thirds|quarters|[a-z]+ths)\b", english.lower())
    parts = ORDINALS | {"quarters": 4, "hundredths": 100, "thousandths": 1000}
    return {round(COUNTED[many] / parts[part], 6) for many, part in found if many in COUNTED and part in parts}


def fractions_in_characters(chinese):
    """0.4 for 十分之四."""
    found = re.findall(f"({NUMERAL.pattern})分之({NUMERAL.pattern})", chinese)
    return {round(value_of(many) / value_of(part), 6) for part, many in found if value_of(part)}


def goes_on(run, value):
    """Whether a number goes on with this word: "twenty-five" does, "ten ones" does not."""
    return not run or value in MULTIPLES or run[-1] in MULTIPLES or (20 <= run[-1] < 100 and 0 < value < 10)


def summed(run):
    total, current = 0, 0
    for value in run:
        if value in MULTIPLES:
            current = (current or 1) * value
            if value > 100:
                total, current = total + current, 0
        else:
            current += value
    return total + current


def numbers_in_characters(chinese):
    """The numbers that Chinese says in characters, each with all the ways in which it does."""
    found = {}
    for numeral in NUMERAL.findall(NO_NUMERAL.sub("、", chinese)):
        found.setdefault(value_of(numeral), []).append(numeral)
    return found


def value_of(numeral):
    total, section, current = 0, 0, None
    for character in numeral:
        if character in DIGITS:
            current = DIGITS[character]
            continue
        unit = UNITS[character]
        if unit < 10**4:
            section += (1 if current is None else current) * unit
        else:
            total, section = (total + section + (current or 0) or 1) * unit, 0
        current = 0
    return total + section + (current or 0)


def without_millions(english, chinese):
    """Both texts without what is 22.7 million in the one and 2270万 in the other; the rest of the latter in full."""
    large = {"million": 10**6, "billion": 10**9, "万": 10**4, "亿": 10**8}
    for said in re.findall(r"(\d[\d.]*) (million|billion)", english):
        for found in re.findall(r"(\d[\d.]*)(万|亿)", chinese):
            if round(float(said[0]) * large[said[1]]) == round(float(found[0]) * large[found[1]]):
                english = english.replace(" ".join(said), "")
                chinese = chinese.replace("".join(found), "").replace(" ".join(said), "")
    chinese = re.sub(r"(\d[\d.]*)(万|亿)", lambda found: f"{round(float(found[1]) * large[found[2]])}", chinese)
    return english, chinese


def wrong_numbers(english, chinese):
    """Numbers of the one that the other lacks. Either may say them in words, and 0 and 1 are said in many ways."""
    english, chinese = without_millions(english, chinese)
    own, other = numbers(english), numbers(chinese)
    words, characters = numbers_in_words(english), numbers_in_characters(chinese)
    fractions = fractions_in_characters(chinese)
    for number in own - other:
        # In characters it is said as often as they say more than the English does in words.
        spoken = len(characters.get(value := None if number in "½¼¾" else float(number), [])) > words[value]
        if not (spoken and value > 1) and value not in fractions:
            yield f"the English has the number {number}, and the Chinese has not:"
    said = words.keys() | {0, 1} | fractions_in_words(english)
    for word in re.findall("[a-z]+", english.lower()):
        said |= MAY_BE_SAID.get(word, set())
    # What stands in a figure is quoted where it is spoken of: （always 13）.
    quoted = numbers(" ".join(re.findall(r"（[^（）]*[A-Za-z][^（）]*）", chinese)))
    for number in other.keys() - own.keys() - quoted.keys():
        if number in "½¼¾" or float(number) not in said:
            yield f"the Chinese has the number {number}, and the English has not:"
    there = {float(number) for number in other if number not in "½¼¾"} | characters.keys()
    here = {float(number) for number in own if number not in "½¼¾"} | said
    lost = {number for number in words.keys() - there if number >= 2}
    new = {number for number in characters.keys() - here if number >= 2}
    if lost and new:
        yield (
            f"the English says {', '.join(f'{number:g}' for number in sorted(lost))} in words, and the Chinese "
            f"{', '.join(characters[number][0] for number in sorted(new))}:"
        )


def english_words(text):
    """The words that an English text has to be put into Chinese."""
    return re.findall(r"[A-Za-z][a-z’'-]+|\b[a-z]{2,}\b", text)


def left_in_english(english, chinese):
    """What of a Chinese text is English still, or nothing."""
    english, chinese = (re.sub(r"\([\w.]+(?:, [\w.]+)*\)", "", text) for text in (english, chinese))  # shapes
    if english_words(english) and not CHINESE.search(chinese):
        if same_name(english, chinese):
            return ""
        return f"“{chinese.strip()[:60]}”"
    bare = SET_APART.sub("。", re.sub("\x00[^\x00]*\x00", "。", chinese))
    for run in RUN.findall(bare):
        words = re.findall(WORD, run)
        if any(word.lower() in JOINING and not word.isupper() for word in words):
            return f"“{run[:60]}”"
    if found := re.search(rf"{WORD}(?: {WORD})+[.?!](?![A-Za-z0-9/])", bare.replace("et al.", "")):
        return f"“{found[0][:60]}”"
    for bracket in re.findall(r"[（“]([^（）“”]*)[）”]", chinese):
        words = re.findall(WORD, bracket)
        if not CHINESE.search(bracket) and len(words) > 7 and any(word in JOINING for word in words):
            return f"“{bracket[:60]}”"
    return ""


# What stays as it is where it stands alone: in a cell of a table, as the text of a link, in a comment.
NAMES = set(
    """softmax relu tanh binder colab github jupyterlab vs code windows linux macos python pytorch numpy d2l bibtex pdf
    zip atlas poems novels probability bread nov november th of to alpha beta gamma
    torchvision transformers swin gpt oss hugging face""".split()  # noqa: SIM905
)


def same_name(english, chinese):
    """Whether a text is nothing but names, which Chinese writes as English does, or what a program says."""
    words = [re.findall(WORD, text) for text in (english, chinese)]
    names = all(word.lower() in NAMES or word.isupper() for word in words[1])
    return words[0] == words[1] and (names or bool(re.match(r"\w+: Error #\d|\w+Error: ", chinese)))


# --- code of notebooks


DEFINITION = ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef
PRAGMA = re.compile(r"#\s*(?:noqa|type:|fmt:|ruff:|pragma)")


@dataclass
class Code:
    """A code cell: its lines without what they say to a reader, and that."""

    lines: list
    remarks: list  # (number of the line, comment)
    docstrings: list


@cache
def code_of(source):
    """Take a cell of code apart. SyntaxError if it is none."""
    tree = ast.parse(source)
    lines = source.splitlines()
    docstrings = []
    nodes = [node for node in ast.walk(tree) if isinstance(node, DEFINITION) and ast.get_docstring(node) is not None]
    for node in sorted(nodes, key=lambda node: -node.lineno):
        text = node.body[0].value
        docstrings.insert(0, ast.get_docstring(node))
        lines[text.lineno - 1 : text.end_lineno] = [f"{' ' * text.col_offset}<docstring>"]
        lines[text.lineno - 1 : text.lineno] += ["\x00"] * (text.end_lineno - text.lineno)
    remarks, at = [], {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not PRAGMA.match(token.string):
            row, column = token.start
            at[row] = token.string
            lines[row - 1] = lines[row - 1][:column].rstrip()
    count, alone = 0, False
    for row, line in enumerate(lines, 1):
        if line == "\x00":
            continue
        count += bool(line.strip())
        if row in at and alone and not line.strip():  # a comment that goes on
            place, text = remarks.pop()
            remarks.append((place, f"{text} {at[row].lstrip('# ')}"))
        elif row in at:
            remarks.append(((count, "beside" if line.strip() else "below"), at[row]))
        alone = row in at and not line.strip()
    return Code([line for line in lines if line.strip() and line != "\x00"], remarks, docstrings)


def words_of_remark(remark):
    """What a comment says in words: what it says of shapes is the same in any language."""
    rest = remark.lstrip("#").strip()
    rest = re.sub(r"\([^()]*\)|\[[^\]]*\]|`[^`]*`|\b\w+(?:[._]\w+)+\b|\b\w+\(|[a-zA-Z]+[_\d]\w*", " ", rest)
    return [word for word in re.findall(r"[A-Za-z][A-Za-z’'-]+", rest) if word.lower() not in NAMES]


def names_in(lines):
    return set(re.findall(r"[A-Za-z_]\w*", "\n".join(lines)))


def differences_of_code(english, chinese):
    """Where a Chinese cell of code differs in more than what it says to a reader."""
    try:
        own, other = code_of(english), code_of(chinese)
    except (SyntaxError, tokenize.TokenError) as wrong:
        yield f"its code is no Python: {wrong}"
        return
    if own.lines != other.lines:
        for edit, a, b, c, d in SequenceMatcher(None, own.lines, other.lines, autojunk=False).get_opcodes():
            if edit != "equal":
                here, there = ("\n".join(part) or "nothing" for part in (own.lines[a:b], other.lines[c:d]))
                yield f"other code than the English: {there}\n\nand in English\n\n{here}\n"
        return
    places = [[place for place, _ in found.remarks] for found in (own, other)]
    if places[0] != places[1] or len(own.docstrings) != len(other.docstrings):
        here, there = ("\n    ".join([text for _, text in each.remarks] + each.docstrings) for each in (own, other))
        yield (
            "comments or docstrings at other places, or another number of them, than in English:\n\n"
            f"    {there or 'none'}\n\nand in English\n\n    {here or 'none'}\n"
        )
        return
    for (_, one), (_, twin) in zip(own.remarks, other.remarks, strict=True):
        if not set(words := words_of_remark(one)) <= names_in(own.lines) or len(words) > 1:
            yield from faults_of_remark(one, twin)
        elif not CHINESE.search(twin) and shapes_and_names(one) != shapes_and_names(twin):
            yield f"another comment than the English, {one}:\n\n    {twin}\n"
    for one, twin in zip(own.docstrings, other.docstrings, strict=True):
        yield from differences(one, twin)


def shapes_and_names(remark):
    return [word for word in re.findall(r"\w+", remark) if word not in NAMES]


def faults_of_remark(one, twin):
    if words_of_remark(one) and not CHINESE.search(twin):
        yield f"a comment left in English:\n\n    {twin}\n"
        return
    shapes = [
        Counter(re.sub(r"\s", "", shape) for shape in re.findall(r"\([^()\u3400-\u9fff]*\)", text))
        for text in (one, twin)
    ]
    shapes[0] = Counter({shape: n for shape, n in shapes[0].items() if not re.search("[a-z]{3}", shape)})
    if missing := shapes[0] - shapes[1]:
        yield f"a comment without {', '.join(missing)}, which the English has:\n\n    {twin}\n"
    yield from (f"{what}\n\n    {twin}\n" for what in wrong_numbers(one, twin))
    if (left := left_in_english(one, twin)) and CHINESE.search(twin):
        yield f"left in English, {left}:\n\n    {twin}\n"
