"""Sentences turned by program: one thing changed, so that a note which holds the sentence no longer does."""

import random
import re
from collections.abc import Callable

import jieba.posseg

from ingest.text.numbers import read_numbers
from ingest.text.scripts import HAN
from ingest.text.words import ENGLISH_STOP

Turn = Callable[[str, str, random.Random], str]

_OPPOSITES = """增加/减少 增大/减小 提高/降低 提升/降低 上升/下降 加快/减慢 变大/变小 变快/变慢 变高/变低 变多/变少 较大/较小 更大/更小
更高/更低 更快/更慢 更多/更少 更强/更弱 更好/更差 更长/更短 更早/更晚 更简单/更复杂 较高/较低 较快/较慢 很大/很小 很高/很低 很多/很少 很快/很慢
高于/低于 大于/小于 多于/少于 优于/不如 快于/慢于 早于/晚于 优点/缺点 好处/坏处 优势/劣势 有利/不利 容易/困难 简单/复杂 方便/麻烦 安全/危险
之前/之后 以前/以后 先/后 首先/最后 第一/最后 开始/结束 左/右 上/下 前/后 内/外 最大/最小 最高/最低 最好/最差 最快/最慢 最多/最少 最长/最短 最早/最晚
有监督/无监督 有标签/无标签 有状态/无状态 有序/无序 编码器/解码器 编码/解码 加密/解密 压缩/解压 绝对/相对 在线/离线 同步/异步 阻塞/非阻塞 静态/动态 公有/私有
大型/小型 必须/不必 必需/可选 稀疏/稠密 线性/非线性 单向/双向 串行/并行 全局/局部 短期/长期 内部/外部 输入/输出 读/写 发送/接收 服务端/客户端 父/子
训练/推理 横向/纵向 水平/垂直 正/负 冷/热 粗/细 浅/深 新/旧 强/弱 宽/窄 多/少 大/小 高/低 快/慢 长/短 优/劣 升高/降低 扩大/缩小 放大/缩小 促进/抑制 允许/禁止 支持/不支持
启用/禁用 打开/关闭 添加/删除 创建/销毁 成功/失败 持久/临时 显式/隐式 手动/自动 主动/被动 连续/离散 固定/可变 唯一/重复 独立/依赖 集中/分散 保守/激进 省/费 减轻/加重
increase/decrease increases/decreases raise/lower raises/lowers higher/lower larger/smaller bigger/smaller faster/slower more/less most/least
better/worse longer/shorter stronger/weaker easier/harder advantage/disadvantage before/after first/last early/late input/output encoder/decoder
training/inference static/dynamic same/different always/never all/some every/only up/down left/right inside/outside cheap/expensive simple/complex
must/may required/optional allowed/forbidden sparse/dense internal/external synchronous/asynchronous read/write client/server reduces/enlarges"""
_QUANTITY = """所有/部分 全部/一部分 每个/个别 每次/偶尔 都/很少 只/不只 仅/不仅 至少/至多 最多/至少 必须/可以 可以/必须 两/三 三/四 四/五 一般/总是
通常/从不 可能/一定 总是/有时 大部分/少数 多数/少数 一个/两个 两种/三种 三种/四种 一些/所有 some/all all/some only/also every/one two/three three/four
often/never usually/never may/must can/must both/neither"""
_NEGATION = """可以/不能 需要/不需要 能够/无法 能/不能 支持/不支持 会/不会 是/不是 有/没有 适合/不适合 使用/不使用 依赖/不依赖 包含/不包含 保证/不保证
影响/不影响 相同/不同 无需/需要 无法/可以 不必/必须 不再/仍然 并不/确实 cannot/can is/is_not are/are_not can/cannot does/does_not has/lacks
without/with with/without needs/needs_no uses/does_not_use will/will_not is_not/is are_not/are does_not/does do_not/do"""


_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.+#/][A-Za-z0-9]+)*[+#]*")
_RELATION = re.compile(
    rf"([{HAN}A-Za-z0-9\-]{{2,12}}?)(比|优于|快于|高于|低于|大于|小于|调用|依赖|继承|包含|替代|取代|生成|决定|影响)([{HAN}A-Za-z0-9\-]{{2,8}})"
)
_JOINED = re.compile(r"和|与|及|、|或|以及|同|/|\band\b|\bor\b|,")
_SINGLE = 0.4  # of the single characters are changed: 大 and 小 stand within many words
_NOUNS = ("n", "nz", "vn", "l", "nr", "nt", "eng", "a", "v")


def figure(claim: str, window: str, random_: random.Random) -> str:
    """Another number of the window, else one that is near."""
    numbers = [n for n in read_numbers(claim) if not n.in_name]
    if not numbers:
        return ""
    one = random_.choice(numbers)
    old = claim[one.start : one.end]
    others = [window[n.start : n.end] for n in read_numbers(window) if not n.in_name and n.plain != one.plain]
    if others and random_.random() < 0.6:
        new = random_.choice(others)
    elif old.isdigit():
        new = str(max(0, int(old) + random_.choice([1, 2, -1, 10, int(old), -(int(old) // 2) or 3])))
    else:
        new = re.sub(r"\d", lambda digit: str((int(digit.group()) + random_.randint(1, 8)) % 10), old, count=1)
    return claim[: one.start] + new + claim[one.end :]


def name(claim: str, window: str, random_: random.Random) -> str:
    """Another Latin name of the window in the place of one."""
    mine = [match for match in _LATIN.finditer(claim) if match.group().lower() not in ENGLISH_STOP]
    said = claim.lower()
    others = {
        m for m in _LATIN.findall(window) if m.lower() not in said and m.lower() not in ENGLISH_STOP and len(m) > 1
    }
    others = {m for m in others if re.search(r"[A-Z0-9]", m)}
    mine = [match for match in mine if re.search(r"[A-Z0-9]", match.group())]
    if not mine or not others:
        return ""
    match, new = random_.choice(mine), random_.choice(sorted(others))
    return claim[: match.start()] + new + claim[match.end() :]


def noun(claim: str, window: str, random_: random.Random) -> str:
    """Another word of the window, of the same part of speech, in the place of one."""
    mine = [(w.word, w.flag) for w in jieba.posseg.lcut(claim) if w.flag in _NOUNS and len(w.word) > 1]
    others = [(w.word, w.flag) for w in jieba.posseg.lcut(window) if w.flag in _NOUNS and len(w.word) > 1]
    random_.shuffle(mine)
    for word, flag in mine:
        fitting = sorted({w for w, f in others if f == flag and w not in claim and len(w) == len(word)})
        if fitting and re.search(f"[{HAN}]", word):
            return claim.replace(word, random_.choice(fitting), 1)
    return ""


def swapped(claim: str, window: str, random_: random.Random) -> str:
    """The two sides of a comparison, or two names or nouns that are not merely listed, change places."""
    del window
    match = _RELATION.search(claim)
    if match and random_.random() < 0.6:
        return claim[: match.start()] + match[3] + match[2] + match[1] + claim[match.end() :]
    parts = [(m.start(), m.end()) for m in _LATIN.finditer(claim) if re.search("[A-Z]", m.group())]
    if len(parts) < 2:
        at, parts = 0, []
        for word in jieba.posseg.lcut(claim):
            if word.flag in ("n", "nz", "eng", "vn") and len(word.word) > 1:
                parts.append((at, at + len(word.word)))
            at += len(word.word)
    if len(parts) < 2:
        return ""
    place = random_.randrange(len(parts) - 1)
    (a, b), (c, d) = parts[place], parts[place + 1]
    if claim[a:b] == claim[c:d] or _JOINED.fullmatch(claim[b:c].strip()) or _JOINED.search(claim[b:c]):
        return ""
    return claim[:a] + claim[c:d] + claim[b:c] + claim[a:b] + claim[d:]


def _by(table: str, both_ways: bool) -> Turn:
    """One word of the table in the place of the other; `_` in it is a space, and the longest word counts."""
    pairs = [pair.replace("_", " ").split("/") for pair in table.split()]
    pairs += [[new, old] for old, new in pairs] if both_ways else []
    other: dict[str, list[str]] = {}
    for old, new in pairs:
        other.setdefault(old, []).append(new)
    words = sorted(other, key=len, reverse=True)
    pattern = re.compile("|".join(rf"\b{re.escape(word)}\b" if word.isascii() else word for word in words))

    def change(claim: str, window: str, random_: random.Random) -> str:
        del window
        found = [m for m in pattern.finditer(claim) if len(m.group()) > 1 or random_.random() < _SINGLE]
        if not found:
            return ""
        match = random_.choice(found)
        return claim[: match.start()] + random_.choice(other[match.group()]) + claim[match.end() :]

    return change


TURNS: dict[str, Turn] = {
    "figure": figure,
    "name": name,
    "noun": noun,
    "role_swap": swapped,
    "antonym": _by(_OPPOSITES, both_ways=True),
    "quantity": _by(_QUANTITY, both_ways=False),
    "negation": _by(_NEGATION, both_ways=True),
}


def turned(claim: str, window: str, random_: random.Random, count: int = 1) -> list[tuple[str, str]]:
    """Up to `count` turned forms `(text, kind)` of a claim that the window holds, each of another kind."""
    kinds = list(TURNS)
    random_.shuffle(kinds)
    made: list[tuple[str, str]] = []
    for kind in kinds:
        text = TURNS[kind](claim, window, random_)
        if text and text != claim:
            made.append((text, kind))
            if len(made) == count:
                break
    return made
