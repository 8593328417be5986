"""A small book in both editions, all of whose pieces agree: what the tests of the check then spoil."""

import json
import shutil
from pathlib import Path

import chinese
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes
from places import ROOT

from theme import editions

CODE = {
    "en": '''def shares(scores):  # (n, m)
    """What each key gets: a softmax over the keys.

    Raises ``ValueError`` for no keys.
    """
    # The largest score goes first,
    # so that nothing overflows.
    scores = scores - scores.max()
    weights = scores.exp()  # positive
    return weights / weights.sum()  # (n, m), rows sum to 1


print(f"the first: {shares(scores)[0]:.2f}")''',
    "zh": '''def shares(scores):  # (n, m)
    """每个键得到的份额：沿键做softmax。

    没有键时引发``ValueError``。
    """
    # 先减去最大的评分，
    # 免得溢出。
    scores = scores - scores.max()
    weights = scores.exp()  # 都是正数
    return weights / weights.sum()  # (n, m)，每行之和是1


print(f"the first: {shares(scores)[0]:.2f}")''',
}
CELLS = {
    "en": {
        "title": """\
# Cats and dogs

**The question.** What does a cat look at?

**After this chapter you can**

- say what a **query** (查询) is;
- compute a softmax by hand.

**It takes** some 25 minutes to read and ten seconds to run.""",
        "scarce": """\
About half of three hundred cats never saw the dog ([Simons and Chabris, 1999](https://doi.org/10.1068/p281059)). \
Their weights were 0.98 and 0.02, as [the two heatmaps](#fig-two) show; chapter 04 says *why*.

A score $s = \\mathbf{q}^\\top \\mathbf{k}$ of -3 becomes a weight by `softmax`. The **key** (键) is what a thing shows.

$$\\alpha_i = \\frac{e^{s_i}}{\\sum_j e^{s_j}}$$

1. First a query.
2. Then two keys.

| animal | weight |
|---|---|
| cat | 0.7 |
| dog | 0.3 |

## A second look

### In detail

The kernel of [Itti et al. (1998)](https://doi.org/10.1109/34.730558) is in [the glossary](glossary.md). \
It ran 1,000 times.""",
        "code": CODE["en"],
        "ex-share": """\
### Exercise: A share for each

Give each of the five cats its share.

<details class="hint"><summary>Hint</summary>

They add up to 1.

</details>""",
        "solution-share": """\
<details><summary>Solution</summary>

Divide by the sum, $\\sum_i w_i$.

</details>""",
        "questions": """\
## Questions

**Question 1.** What is a weight?

<details class="choice"><summary>A share.</summary>

Right. The shares of a query add up to 1.

</details>
<details class="choice"><summary>A score.</summary>

No. A score may be negative.

</details>""",
        "measured": """\
## What was measured

The cats looked for 24.4 milliseconds with a collar of 30 g, and for 48.5 without, as the exercise *A share for each* \
has it. Whoever takes the collar off should wait a minute before the cats are shown another dog.

Half of them slept. The scores have shape (n, m), and $a_i$ is above $b_i$ for every cat that did not.

**Width** (宽度) is how far a cat can see. Nobody has found one that sees further than the end of its own street.

| name | shape |
|---|---|
| weights | (n, m) |
| what is looked at | (m, d) |""",
    },
    "zh": {
        "title": """\
# 猫和狗

**本章的问题**：猫在看什么？

**读完这一章，你能够**

- 说出什么是**查询**（query）；
- 徒手算一个softmax。

**所需时间**：阅读约25分钟，运行约十秒。""",
        "scarce": """\
三百只猫里，大约一半始终没有看见那只狗（[Simons and Chabris, 1999](https://doi.org/10.1068/p281059)）。它们的权重是0.98和0.02，见\
[那两幅热图](#fig-two)；*为什么*，第04章会说。

评分$s = \\mathbf{q}^\\top \\mathbf{k}$等于-3时，由`softmax`变成权重。**键**（key）就是事物显露在外的样子。

$$\\alpha_i = \\frac{e^{s_i}}{\\sum_j e^{s_j}}$$

1. 先是一个查询。
2. 然后是两个键。

| 动物 | 权重 |
|---|---|
| 猫 | 0.7 |
| 狗 | 0.3 |

## 再看一眼

### 细看

[Itti et al. (1998)](https://doi.org/10.1109/34.730558)的核收在[术语表](glossary.md)里。它跑了1000次。""",
        "code": CODE["zh"],
        "ex-share": """\
### 练习：各得一份

把各自的份额分给五只猫。

<details class="hint"><summary>提示</summary>

加起来是1。

</details>""",
        "solution-share": """\
<details><summary>解答</summary>

除以总和$\\sum_i w_i$。

</details>""",
        "questions": """\
## 问题

**问题1**：什么是权重？

<details class="choice"><summary>一个份额。</summary>

对。一个查询的各个份额加起来是1。

</details>
<details class="choice"><summary>一个评分。</summary>

不对。评分可以是负数。

</details>""",
        "measured": """\
## 测到了什么

猫戴着30 g的项圈看了24.4毫秒，不戴的看了48.5毫秒，练习“各得一份”讲的就是这件事。\
要取下项圈，应当等一分钟，再让猫看另一只狗。

有一半睡着了。评分的形状是(n, m)；凡是没有睡的猫，$a_i$都高于$b_i$。

**宽度**（width）是猫能看多远。没有人找到过一只猫，能看到自己那条街的尽头以外。

| 名称 | 形状 |
|---|---|
| 权重 | (n, m) |
| 看到的东西 | (m, d) |""",
    },
}
CAPTION = {"en": "Where four cats look: at the dog, with a weight of 0.98.", "zh": "四只猫看哪里：看狗，权重是0.98。"}
ALT = {"en": "A heatmap of four rows and two columns, the first dark.", "zh": "一幅四行两列的热图，第一列颜色深。"}
INTRO = {
    "en": """\
---
myst:
  html_meta:
    description: A small book on what cats look at, with every number computed.
---

# A small book

Read it as {cite:p}`zhang2023dive` says, with the {term}`query (查询)` in mind.

```{explorable} Shelf
:name: fig-first
:state: {"salience": 0}
:alt: A shelf with four books, one of them red.

Where the gaze goes: nowhere in particular.
```

(the-way)=
## How to go on

```{note}
Nothing here needs a network.
```

```
make lab      # opens the chapters
```

- Read it.
- Run it.
""",
    "zh": """\
---
myst:
  html_meta:
    description: 一本小书，讲猫在看什么，每个数都是算出来的。
---

# 一本小书

照{cite:p}`zhang2023dive`说的读，心里想着{term}`查询（query）`。

```{explorable} Shelf
:name: fig-first
:state: {"salience": 0}
:alt: 一个书架，上面有四本书，其中一本是红的。

目光往哪里去：没有特别的去处。
```

(the-way)=
## 接着怎么走

```{note}
这里什么都不需要网络。
```

% only here
国内的读者可以用镜像，它在2026年还在。

```
make lab      # 打开各章
```

- 读它。
- 运行它。
""",
}
GLOSSARY = {
    "en": """\
# Glossary

```{glossary}
key (键)
    What a thing shows, to be compared with a {term}`query (查询)`.

query (查询)
    What is looked for.
```
""",
    "zh": """\
# 术语表

```{glossary}
查询（query） : C
    要找的东西。

键（key） : J
    事物显露在外、供{term}`查询（query）`来比较的东西。
```
""",
}
README = {"en": "# A book\n\nBuild it with `make html`.\n", "zh": "# 一本书\n\n用`make html`生成。\n"}
TOC = "format: jb-book\nroot: intro\nchapters:\n  - file: chapters/cats\n  - file: chapters/glossary\n"
# Of the theme, a template, a script and a module that say something.
THEME = ("theme/layout.html", "theme/static/book.js", "theme/run_times.py")
NOTEBOOK = "chapters/cats.ipynb"


def notebook(language):
    cells = []
    for name, source in CELLS[language].items():
        if name == "code":
            described = {"figure": {"name": "fig-two", "caption": CAPTION[language]}, "image": {"alt": ALT[language]}}
            cells.append(new_code_cell(source, id=name, metadata={"tags": ["hide-input"], "mystnb": described}))
        else:
            cells.append(new_markdown_cell(source, id=name))
    return new_notebook(cells=cells)


class Pair:
    """The small book in a folder, agreed upon."""

    def __init__(self, root):
        self.root = root
        for language, folder in (("en", root), ("zh", root / "zh")):
            (folder / "chapters").mkdir(parents=True)
            (folder / NOTEBOOK).write_text(writes(notebook(language)) + "\n", "utf-8")
            for name, texts in (("intro.md", INTRO), ("chapters/glossary.md", GLOSSARY), ("README.md", README)):
                (folder / name).write_text(texts[language], "utf-8")
        (root / "_toc.yml").write_text(TOC, "utf-8")
        for name in THEME:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        listed = json.loads((ROOT / "theme" / "chinese.json").read_text("utf-8"))
        said = {text: listed[text] for _, text in editions.said_by_theme(root)}
        (root / "theme" / "chinese.json").write_text(json.dumps(said), "utf-8")
        chinese.agree(root)

    def folder(self, language):
        return self.root / "zh" if language == "zh" else self.root

    def replace(self, language, where, old, new):
        """Put one text in the place of another: in a file, or in a cell's source, caption or alternative text."""
        if "." in where:
            path = (self.root if where.startswith("theme/") else self.folder(language)) / where
            text = path.read_text("utf-8")
            assert old in text, (where, old)
            path.write_text(text.replace(old, new, 1), "utf-8")
            return

        def change(cells):
            name, _, part = where.partition(" ")
            cell = cells[name]
            if not part:
                assert old in cell["source"], (where, old)
                cell["source"] = cell["source"].replace(old, new, 1)
                return
            about = cell["metadata"]["mystnb"][{"caption": "figure", "alt": "image"}[part]]
            assert old in about[part], (where, old)
            about[part] = about[part].replace(old, new, 1)

        self.change(language, lambda notebook: change({cell["id"]: cell for cell in notebook["cells"]}))

    def change(self, language, act):
        """Change a notebook as JSON, whose sources are one text each."""
        path = self.folder(language) / NOTEBOOK
        content = json.loads(path.read_text("utf-8"))
        for cell in content["cells"]:
            cell["source"] = "".join(cell["source"])
        act(content)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")

    def faults(self):
        return list(chinese.differences(self.root))


def new(folder):
    return Pair(Path(folder))
