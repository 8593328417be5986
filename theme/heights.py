"""How high each section will be, reckoned at the build: a browser asks before it has laid the section out.

book.css lets a browser leave a section alone until a reader comes near it. Until then the section is as high as is said
here, which the scroll bar and a link into a later one go by.
"""

import re

# What a page holds, and how high it is in pixels where there is room: fitted to the pages of this book. On a narrow
# page all is higher by the same share, which is in book.css.
FOLD = re.compile(r"<details(?! open).*?</details>", re.S)
CODE = re.compile(r"<pre.*?</pre>", re.S)
TABLE_ROW = re.compile(r"<tr\b")
FORMULA = re.compile(r'class="formula"')
PICTURE = re.compile(r'<img[^>]* height="(\d+)"')
BLOCK = re.compile(r"<(?:p|li|dt|dd|h[2-4])\b")
UNSEEN = re.compile(r'<script.*?</script>|<span class="katex-mathml">.*?</math></span>|<table.*?</table>|<[^>]+>', re.S)
WIDE = re.compile(r"[\u3000-\uffee]")  # a Chinese character, as wide as two letters

SECTION = re.compile(r"<section\b|</section>")


def height_of(html):
    folds = len(FOLD.findall(html))
    html = FOLD.sub("", html)
    codes = CODE.findall(html)
    html = CODE.sub("", html)
    text = UNSEEN.sub("", html).strip()
    return round(
        0.36 * (len(text) + len(WIDE.findall(text)))
        + 16 * len(BLOCK.findall(html))
        + 19 * sum(code.count("\n") for code in codes)
        + 52 * len(codes)
        + sum(int(height) for height in PICTURE.findall(html))
        + 14 * len(TABLE_ROW.findall(html))
        + 33 * len(FORMULA.findall(html))
        + 51 * folds
    )


def add_heights(app, pagename, templatename, context, doctree):
    """Say of each section in the second order how high it will be."""
    body, depth, begin, parts, done = context.get("body", ""), 0, 0, [], 0
    for tag in SECTION.finditer(body):
        if tag[0] == "</section>":
            depth -= 1
            if depth == 1:
                parts.append(f' style="--high: {height_of(body[begin : tag.start()])}px"{body[begin : tag.start()]}')
                done = tag.start()
        else:
            depth += 1
            if depth == 2:
                begin = tag.end()
                parts.append(body[done:begin])
    if parts:
        context["body"] = "".join(parts) + body[done:]
