"""What a Chinese sentence says, in few marks: so that its sense cannot be turned unseen.

A translator may word a sentence as he likes, and no list says whether the new words mean what the old ones did. But a
slip has a look of its own: everything is as it was, and one word is another that turns the sense, 大于 where there was
小于, 列 for 行, 第三 for 第二, a 不 more or less. So a sentence has two marks. One is of its frame, in which each such
word is left blank; the other of the words in the blanks. Where the frame is that of before and the blanks are not,
`make check` asks. A sentence in other words has another frame, and nothing is asked.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from twins import CHINESE, NUMBER, NUMERAL, value_of

# Words that stand for each other in a sentence and turn what it says: in each group those on one side say the same.
GROUPS = """
大于 高于 多于 超过 | 小于 低于 少于 不到 不足 | 等于
增加 增大 增长 上升 升高 提高 升 增 加 | 减少 减小 下降 降低 降 跌 减
相同 一样 相等 同样 | 不同 不一样 不相同 不相等 不等
对 没错 正确 | 错 不对 错误
总是 总会 永远 始终 | 从不 从来不 | 有时 偶尔 | 往往 通常 常常 经常
所有 全部 一切 全体 | 有些 某些 部分 | 大多 多数 大多数 多半
必须 一定要 | 可以 可能 能够
允许 许可 | 禁止 不许 不准
查询 | 键 | 值
编码 | 解码
输入 | 输出
评分 | 权重
偏置 | 偏差
自下而上 | 自上而下
因果 | 填充
训练 | 检验 测试
加性 | 点积
之和 | 之差 | 之积 | 之商
乘 | 除
最大 | 最小 | 平均
大 | 小
多 | 少
高 | 低
长 | 短
宽 | 窄
深 | 浅
亮 | 暗
快 | 慢
远 | 近
早 | 晚 迟
先 前 | 后
上 | 下
左 | 右
横 | 纵 竖
行 | 列
里 内 | 外
热 | 冷
强 | 弱
粗 | 细
新 | 旧
正 | 负
好 | 坏 差
真 | 假
难 | 容易 易
红 | 绿 | 蓝 | 黄 | 黑 | 白 | 橙 | 紫 | 灰 | 棕
"""
SIDES = {
    word: (group, side)
    for group, line in enumerate(GROUPS.strip().splitlines())
    for side, words in enumerate(line.split("|"))
    for word in words.split()
}
# They turn a sentence wherever they stand in it, and are counted.
NEGATIONS = "不没未非"
TURNING = re.compile(
    rf"(?P<word>{'|'.join(sorted(SIDES, key=len, reverse=True))})|(?P<number>{NUMBER.pattern}|{NUMERAL.pattern})"
    rf"|(?P<negation>[{NEGATIONS}])"
)
LARGE = re.compile(r"(\d[\d,.]*)(万|亿)")
# What is between words of which each could stand first.
AND = re.compile("[、和与及或跟，,]|以及")
# English that is given once, in brackets, beside its Chinese.
GLOSS = re.compile("（([A-Za-z][^（），；、\u3400-\u9fff]*)[），；、]")
IN_BRACKETS = re.compile("（[A-Za-z][^（）\u3400-\u9fff]*）")
# Marks and small words, which a sentence may have or lack.
SMALL = re.compile(r"[^\w%]|[了着过的地得都也就才还又便则却并所呢吗吧啊]")
SENTENCE = re.compile(r"(?<=[。！？?!])")
# A sentence of fewer words, as "先看图。" is, may be there or not; its frame begins with a mark of its own.
SHORT = 6
BRIEF = "-"


@dataclass
class Sentence:
    text: str
    frame: str
    blanks: str

    @property
    def mark(self):
        return self.frame + self.blanks


def digest(text, length):
    return sha256(text.encode()).hexdigest()[:length]


@cache
def sentences(words):
    """The sentences of a text."""
    parts = [part.strip() for part in SENTENCE.split(words) if CHINESE.search(part)]
    return [Sentence(part, *frame_and_blanks(part)) for part in parts]


def frame_and_blanks(sentence):
    said = LARGE.sub(lambda found: str(value(found[1]) * value_of(found[2])), IN_BRACKETS.sub("", sentence))
    said = said.replace("无", "没有")
    frame, runs, negations, at = [], [], 0, 0
    for found in TURNING.finditer(said):
        between = said[at : found.start()]
        frame.append(between)
        at = found.end()
        if found["negation"]:
            negations += 1
            continue
        kind, side = ("number", value(found[0])) if found["number"] else SIDES[found[0]]
        frame.append(f"_{kind}_")
        if runs and runs[-1][0] == kind and AND.fullmatch(between):
            runs[-1][1].append(side)
        else:
            runs.append((kind, [side]))
    frame.append(said[at:])
    blanks = [(kind, sorted(sides)) for kind, sides in runs]
    frame = SMALL.sub("", "".join(frame))
    brief = len(CHINESE.findall(frame)) + len(re.findall("_[^_]+_", frame)) < SHORT
    return BRIEF * brief + digest(frame, 5 - brief), digest(repr((blanks, negations)), 3)


def value(number):
    """Of a number in digits or in characters; a fraction of one character is its own."""
    if NUMERAL.fullmatch(number):
        return float(value_of(number))
    digits = number.replace(",", "").replace("−", "-")
    return digits if digits in "½¼¾" else float(digits)


def differences(agreed, now):
    """What has become of the sentences of a block, from the marks that they had: what is wrong, and with which."""
    before = [(mark[:5], mark[5:]) for mark in agreed]
    then, here = Counter(frame for frame, _ in before), Counter(each.frame for each in now)
    gone, new = (
        {frame for frame in one - other if not frame.startswith(BRIEF)} for one, other in ((then, here), (here, then))
    )
    for each in now:
        if each.frame in then and (each.frame, each.blanks) not in before:
            yield "all is as it was but for a word that turns the sense", each.text
    if gone and not new and len(now) < len(agreed):
        yield "a sentence that was here is gone, and all others are as they were", ""
    if new and not gone and len(now) > len(agreed):
        added = next(each.text for each in now if each.frame in new)
        yield "a sentence is here that was not, and all others are as they were", added
