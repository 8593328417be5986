"""The search of the Chinese edition, as readers of Chinese type: what comes first for forty queries.

Fails when a place is not in the index, when a word that others use for a thing leads nowhere, or when English words are
not found among the Chinese.
"""

import pytest
from browser import wait_until
from places import SITE

pytestmark = pytest.mark.skipif(not (SITE / "zh").exists(), reason="the Chinese edition is not whole yet")

GLOSSARY = "chapters/glossary.html#term-"
QUERIES = {
    # terms, as the book has them
    "注意力": f"{GLOSSARY}attention",
    "自注意力": f"{GLOSSARY}self-attention",
    "交叉注意力": f"{GLOSSARY}cross-attention",
    "多头注意力": f"{GLOSSARY}multi-head-attention",
    "归纳头": f"{GLOSSARY}induction-head",
    "词元": f"{GLOSSARY}token",
    "掩码": f"{GLOSSARY}mask",
    "因果掩码": f"{GLOSSARY}causal-mask",
    "位置编码": f"{GLOSSARY}positional-encoding",
    "显著性": f"{GLOSSARY}salience",
    "热图": f"{GLOSSARY}heatmap",
    "留一法": f"{GLOSSARY}leave-one-out",
    "带宽": f"{GLOSSARY}bandwidth",
    "偏差": f"{GLOSSARY}bias-of-an-estimate",
    "偏置": f"{GLOSSARY}bias",
    "缩放点积注意力": f"{GLOSSARY}scaled-dot-product-attention",
    "加性注意力": f"{GLOSSARY}additive-attention",
    "注意力汇聚": f"{GLOSSARY}attention-pooling",
    "自主性提示": f"{GLOSSARY}volitional-cue",
    "强制教学": f"{GLOSSARY}teacher-forcing",
    "消融": f"{GLOSSARY}ablation",
    # as others say it
    "注意力机制": f"{GLOSSARY}attention",
    "池化": "chapters/02-queries-keys-values.html#a-layer-that-has-to-choose",
    "平均池化": f"{GLOSSARY}average-pooling",
    "热力图": f"{GLOSSARY}heatmap",
    "诱导头": f"{GLOSSARY}induction-head",
    "层归一化": f"{GLOSSARY}layer-norm",
    "残差连接": f"{GLOSSARY}residual-stream",
    "非自主提示": f"{GLOSSARY}nonvolitional-cue",
    # several words, questions
    "softmax 温度": f"{GLOSSARY}temperature",
    "softmax温度": f"{GLOSSARY}temperature",
    "什么是键": f"{GLOSSARY}key",
    "查询键值": "chapters/02-queries-keys-values.html#query-key-value",
    "查询 键 值": "chapters/02-queries-keys-values.html#query-key-value",
    "为什么除以根号d": "chapters/06-scoring-functions.html#why-divide-by-the-root-of-d",
    "够不到键怎么办": "chapters/04-attention-pooling.html#what-if-no-key-is-in-reach",
    "颜色条": "chapters/03-visualizing-attention.html#the-trap-in-the-colour-bar",
    "练习3.2": "chapters/03-visualizing-attention.html#shuffled",
    "图4.8": "chapters/04-attention-pooling.html#fig-explore-pooling",
    # English among the Chinese
    "token": f"{GLOSSARY}token",
    "query": f"{GLOSSARY}query",
    "attention": f"{GLOSSARY}attention",
    "attention sink": f"{GLOSSARY}attention-sink",
    "atention": f"{GLOSSARY}attention",
    "Binder": "chapters/running.html#on-a-machine-that-is-lent-to-you",
    "attention_pooling": "chapters/toolbox.html#paying_attention.pooling.attention_pooling",
    r"\sqrt{d}": "chapters/06-scoring-functions.html#why-divide-by-the-root-of-d",
}


def test_what_has_to_come_first_does(visit):
    assert len(QUERIES) >= 30
    tab = visit("zh/search.html?q=softmax")
    tab.wait_for_selector("#results li")
    first = "(query) => find(query).found[0]?.address"
    wrong = {query: tab.evaluate(first, query) for query in QUERIES}
    assert wrong == QUERIES


def test_it_says_in_chinese_what_it_looked_for_instead(visit):
    tab = visit("zh/search.html?q=%E6%B1%A0%E5%8C%96")
    tab.wait_for_selector("#results li")
    assert "“池化”：按“汇聚”查找" in tab.locator("#found").inner_text()


def test_a_place_is_found_and_reached_with_the_keyboard_alone(visit):
    tab = visit("zh/chapters/notation.html")
    tab.keyboard.press("/")
    wait_until(tab, "Boolean(globalThis.suggest)")
    tab.keyboard.insert_text("归纳头")
    tab.locator("#suggestions [role=option]").first.wait_for()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/zh/chapters/glossary.html#term-induction-head")
    wait_until(tab, "CSS.highlights.get('found')?.size > 0")
