"""Formulas and figures of the notes in 基础 and 结构, computed anew; each stated figure is read from the note."""

import itertools
import math
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from corpus_notes import code, note_text, rows, stated

Array = np.ndarray[Any, np.dtype[np.float64]]


def dense(layers: int, d: int, ff: int, vocab: int, kv: int, experts: int = 0, active: int = 1) -> int:
    """Weights of a LLaMA-like decoder: untied embeddings, three FFN matrices, `kv` = width of K and of V."""
    layer = 2 * d * d + 2 * d * kv + 3 * d * ff * active + d * experts + 2 * d
    return layers * layer + 2 * vocab * d + d


N = r"(-?[\d.,]*\d)"


def test_parameter_counts() -> None:
    assert stated("大模型概览", rf"LLaMA-7B 实际有 {N} 个参数") == [dense(32, 4096, 11008, 32000, 4096)]
    assert stated("模型家族", rf"参数正好是 {N}，") == [dense(32, 4096, 11008, 64000, 4096)]
    assert stated("模型家族", rf"{N} 亿参数（40 层")[0] == round(dense(40, 5120, 13696, 64000, 5120) / 1e8, 1)
    assert stated("模型家族", rf"Mistral 7B（2023-09）约 {N}B")[0] == round(
        dense(32, 4096, 14336, 32000, 1024) / 1e9, 2
    )
    layers, d, vocab, got = stated("大模型概览", rf"\$L={N}\$，\$d={N}\$，\$V={N}\$，得到约 {N}B")
    assert got == round((12 * layers * d * d + vocab * d) / 1e9, 1)


def test_mixtral_counts_and_memory() -> None:
    full = dense(32, 4096, 14336, 32000, 1024, experts=8, active=8) / 1e9
    used = dense(32, 4096, 14336, 32000, 1024, experts=8, active=2) / 1e9
    assert stated("混合专家MoE", rf"总参数是 {N}B，每个 token 选 2 个专家，激活 {N}B") == [
        round(full, 1),
        round(used, 1),
    ]
    assert stated("模型家族", rf"8 个专家选 2，总参数 {N}B、激活 {N}B") == [round(full, 1), round(used, 1)]
    assert stated("混合专家MoE", rf"FP16 权重约 {N} GB")[0] == round(2 * full, 1)
    assert f"{full:.2f} {used:.2f}" in note_text("混合专家MoE")


def test_training_compute_and_tokens_per_parameter() -> None:
    n, tokens, mantissa, power = stated(
        "大模型概览", rf"6 \\times {N}\\text\{{B\}} \\times {N}\\text\{{B\}} \\approx {N}\\times10\^\{{{N}\}}"
    )
    assert 6 * n * tokens * 1e18 == pytest.approx(mantissa * 10**power, rel=0.005)
    assert stated("大模型概览", rf"每个参数只有约 {N} 个 token") == [round(tokens / n, 1)]


def test_masks() -> None:
    causal = np.tril(np.ones((5, 5)))
    prefix = causal.copy()
    prefix[:3, :3] = 1
    assert stated("模型架构三类", rf"因果掩码有 {N} 个可见格，前缀掩码有 {N} 个") == [causal.sum(), prefix.sum()]
    drawn = [re.findall("[01]", line) for line in re.findall(r"(?m)^[01](?: [01]){4} .*$", note_text("模型架构三类"))]
    assert [[int(v) for v in row[:5]] for row in drawn] == causal.tolist()
    assert [[int(v) for v in row[5:10]] for row in drawn] == prefix.tolist()


def test_perplexity() -> None:
    assert stated("训练目标", rf"PPL \$e\^\{{2\}}\\approx {N}\$")[0] == round(math.exp(2), 2)
    vocab, loss = stated("训练目标", rf"\\ln {N} \\approx {N}\$")
    assert loss == round(math.log(vocab), 2)


def test_exact_match_makes_jumps() -> None:
    table = rows("涌现能力", "| 单 token 正确率")
    assert len(table) == 5
    for p, all_right in table:
        assert float(all_right) == round(float(p) ** 10, 3)


def test_repetition_figures() -> None:
    for q in (0.9, 0.99, 0.999):
        assert stated("复读机问题", rf"\$q={q}\$ 时期望 {N} 个")[0] == pytest.approx(1 / (1 - q))
    theta, up, up_new, down, down_new = stated(
        "复读机问题", rf"\\theta={N}\$ 时，logit {N} 变成 {N}，logit {N} 变成 {N}"
    )
    assert (up_new, down_new) == (round(up / theta, 3), round(down * theta, 3))
    frequency, presence = stated("复读机问题", rf"freq\}}\}}={N}\$、\$\\alpha_\{{\\text\{{pres\}}\}}={N}\$")
    count, total = stated("复读机问题", rf"某个 token 出现过 {N} 次，它的 logit 一共减去 {N}")
    assert total == pytest.approx(count * frequency + presence)
    text = re.findall(r"例如“([ab ]+)”", note_text("复读机问题"))[0].split()
    pairs = list(itertools.pairwise(text))
    assert stated("复读机问题", rf"有 {N} 个二元组，其中不同的 {N} 个，rep-2 = {N}") == [
        len(pairs),
        len(set(pairs)),
        1 - len(set(pairs)) / len(pairs),
    ]


def test_kv_cache_sizes() -> None:
    table = rows("长文本处理", "| 模型（FP16）")
    assert len(table) == 3
    for _, layers, heads, width, each, whole in table:
        size = 2 * int(layers) * int(heads) * int(width) * 2
        assert float(each.split()[0]) == size / 2**20
        assert float(whole.split()[0]) == size * 131072 / 2**30
    for _, heads, each, whole in rows("MQA与GQA", "| 方案 | KV 头"):
        size = 2 * 32 * int(heads) * 128 * 2
        assert (float(each.split()[0]), float(whole.split()[0])) == (size / 1024, size * 32768 / 2**30)
    batch, length, gib = stated("MQA与GQA", rf"批量 {N}、长度 {N} 时共 {N} GiB")
    assert batch * length * 2 * 32 * 32 * 128 * 2 == gib * 2**30


def test_latent_attention_cache() -> None:
    latent, key, kept = stated("MQA与GQA", rf"隐向量 {N} 维、RoPE 键 {N} 维，每层每个 token 只存 {N} 个数")
    full, percent, groups = stated("MQA与GQA", rf"MHA 要存 {N} 个，约为其 {N}%，相当于 {N} 组")
    assert kept == latent + key
    assert full == 2 * 128 * 128
    assert percent == round(100 * kept / full, 1)
    assert groups == kept / (2 * 128)


def test_length_where_attention_dominates() -> None:
    (length,) = stated("长文本处理", rf"approx {N}\$。也就是说")
    assert length == pytest.approx(2 * 6.74e9 / (4 * 32 * 4096), rel=0.005)
    n, gib = stated("长文本处理", rf"{N} 长度的 FP16 矩阵每个头就要 {N} GiB")
    assert n * n * 2 == gib * 2**30


def test_scaled_dot_product() -> None:
    d, deviation = stated("注意力机制", rf"d_k={N}\$ 时标准差是 {N}，")
    rng = np.random.default_rng(0)
    dots = (rng.normal(size=(50000, int(d))) * rng.normal(size=(50000, int(d)))).sum(1)
    assert dots.std() == pytest.approx(deviation, rel=0.02)
    width, length = stated("注意力机制", rf"例如 \$d={N}\$ 时，单层里平方项要到 \$n={N}\$")
    assert 4 * length**2 * width == 8 * length * width**2


def softmax(scores: Array) -> Array:
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum())


def test_online_softmax() -> None:
    rng = np.random.default_rng(1)
    q, keys, values = rng.normal(size=8), rng.normal(size=(13, 8)), rng.normal(size=(13, 5))
    np.testing.assert_allclose(
        code("FlashAttention", "flash_row")(q, keys, values), softmax(keys @ q / np.sqrt(8)) @ values
    )
    _, _, out = stated("FlashAttention", rf"输出 \${N}/{N}\\approx{N}\$")
    assert out == round(float(softmax(np.array([1.0, 3, 2, 5])) @ np.array([10.0, 20, 30, 40])), 3)


def test_sinusoidal_depends_on_distance() -> None:
    encoding = code("位置编码", "sinusoidal")(100, 64)
    omega = 10000.0 ** (-np.arange(0, 64, 2) / 64)
    for p, k in ((0, 7), (3, 7), (50, 7), (90, 1)):
        assert encoding[p] @ encoding[p + k] == pytest.approx(np.cos(omega * k).sum())


def test_rope_is_relative_and_keeps_length() -> None:
    rope, rng = code("RoPE", "rope"), np.random.default_rng(2)
    q, k = rng.normal(size=64), rng.normal(size=64)
    assert rope(q, 3) @ rope(k, 10) == pytest.approx(rope(q, 103) @ rope(k, 110))
    assert rope(q, 3) @ rope(k, 10) != pytest.approx(rope(q, 3) @ rope(k, 11))
    assert np.linalg.norm(rope(q, 500)) == pytest.approx(np.linalg.norm(q))
    one = np.array([1.0, 0.0])
    (value,) = stated("RoPE", rf"\\cos 2\\approx{N}\$")
    assert value == round(float(rope(one, 5) @ rope(one, 3)), 3)


def test_rope_wavelengths() -> None:
    d, fast, slow = stated("RoPE", rf"头维 \$d={N}\$、base 为 10000 时，最快的一组波长约 {N}，最慢的约 {N}；")
    assert fast == round(2 * math.pi, 2)
    assert slow == round(2 * math.pi * 10000 ** ((d - 2) / d))
    base, ten_thousands = stated("RoPE", rf"base 改成 {N}（Llama 3 的取值）时，最慢的约 {N} 万")
    assert ten_thousands == round(2 * math.pi * base ** ((d - 2) / d) / 1e4)


def test_alibi_slopes_and_bias() -> None:
    slopes = code("ALiBi与长度外推", "alibi_slopes")
    assert slopes(8) == [2.0**-h for h in range(1, 9)]
    first, last = stated("ALiBi与长度外推", rf"首项是 \$2\^\{{-0.5\}}\\approx{N}\$，末项是 \$1/{N}\$")
    assert (round(slopes(16)[0], 4), 1 / slopes(16)[-1]) == (first, last)
    assert slopes(12)[8:] == slopes(16)[0:8:2]
    matrix = re.findall(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", note_text("ALiBi与长度外推"))[0]
    for i, line in enumerate(matrix.split(r"\\")):
        assert [float(cell) for cell in line.split("&") if cell] == [-0.5 * (i - j) for j in range(i + 1)]


def test_window_extension() -> None:
    position, squeezed = stated("ALiBi与长度外推", rf"位置 {N} 变成 {N}，没有")
    assert squeezed == position / 4
    d, scale, base = stated("ALiBi与长度外推", rf"例如 \$d={N}\$、\$s={N}\$、base 为 10000 时，新的 base 约为 {N}")
    assert base == pytest.approx(10000 * scale ** (d / (d - 2)), abs=1)
    assert (base / 10000) ** (-(d - 2) / d) == pytest.approx(1 / scale, rel=1e-3)
    four, thirty_two = stated("ALiBi与长度外推", rf"扩 4 倍时 \$\\sqrt\{{1/t\}}\\approx{N}\$，扩 32 倍时约 {N}")
    assert (four, thirty_two) == (round(0.1 * math.log(4) + 1, 3), round(0.1 * math.log(32) + 1, 3))


WORDS = {(*word, "</w>"): count for word, count in (("low", 5), ("lower", 2), ("newest", 6), ("widest", 3))}


def counts(words: dict[tuple[str, ...], int]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    pairs: Counter[tuple[str, str]] = Counter()
    single: Counter[str] = Counter()
    for symbols, count in words.items():
        single.update(dict.fromkeys(symbols, 0))
        for symbol in symbols:
            single[symbol] += count
        for pair in itertools.pairwise(symbols):
            pairs[pair] += count
    return pairs, single


def merge(symbols: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    out: list[str] = []
    for symbol in symbols:
        if out and (out[-1], symbol) == pair:
            out[-1] += symbol
        else:
            out.append(symbol)
    return tuple(out)


def test_bpe_merges() -> None:
    words, new = dict(WORDS), (*"lowest", "</w>")
    for _, text, frequency in rows("分词器", "| 次序 | 合并"):
        pairs, _ = counts(words)
        left, right = text.replace("`", "").split(" → ")[0].split(" + ")
        assert pairs[left, right] == max(pairs.values()) == int(frequency)
        words = {merge(symbols, (left, right)): count for symbols, count in words.items()}
        new = merge(new, (left, right))
    assert new == ("low", "est</w>")


def test_wordpiece_score() -> None:
    pairs, single = counts(WORDS)
    score = {pair: count / (single[pair[0]] * single[pair[1]]) for pair, count in pairs.items()}
    assert max(score, key=score.__getitem__) == ("i", "d")
    best, count, left, right, other = stated("分词器", rf"得分 3/\(3×3\)={N}，高于 e\+s 的 {N}/\({N}×{N}\)≈{N}")
    assert (best, other) == (round(score["i", "d"], 3), round(score["e", "s"], 3))
    assert (count, left, right) == (pairs["e", "s"], single["e"], single["s"])


def test_vocabulary_sizes() -> None:
    total, data, merges = stated("分词器", rf"词表 {N} = {N} 个字节 \+ {N} 次合并 \+ 1 个结束符")
    assert total == data + merges + 1
    for vocab in (32000, 128256):
        assert f"{vocab * 4096 / 1e8:.2f} 亿" in note_text("分词器")


def test_norms() -> None:
    x = np.array([1.0, 2, 3, 4])
    (text_layer, text_rms) = re.findall(r"的结果是 \$\[([^\]]+)\]\$", note_text("归一化"))
    assert [float(v) for v in text_layer.split(",")] == [round(v, 3) for v in (x - x.mean()) / x.std()]
    assert [float(v) for v in text_rms.split(",")] == [round(v, 3) for v in x / np.sqrt((x * x).mean())]


def test_deepnorm_constants() -> None:
    layers, alpha, beta = stated("归一化", rf"例如 {N} 层的仅解码器模型，\$\\alpha\\approx{N}\$，\$\\beta\\approx{N}\$")
    assert (alpha, beta) == (round((2 * layers) ** 0.25, 3), round((8 * layers) ** -0.25, 3))
    layers, alpha = stated("归一化", rf"\(2N\)\^\{{1/2\}}\$，{N} 层时约 {N}")
    assert alpha == round((2 * layers) ** 0.5, 2)


def test_activations() -> None:
    def gelu(x: float) -> float:
        return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))

    def tanh_gelu(x: float) -> float:
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    assert stated("激活函数", rf"GELU\}}\(1\)\\approx{N}\$，\$\\text\{{GELU\}}\(-1\)\\approx{N}\$") == [
        round(gelu(1), 4),
        round(gelu(-1), 4),
    ]
    silu = [x / (1 + math.exp(-x)) for x in (1, -1)]
    assert stated("激活函数", rf"SiLU\}}\(1\)\\approx{N}\$，\$\\text\{{SiLU\}}\(-1\)\\approx{N}\$") == [
        round(v, 4) for v in silu
    ]
    grid = np.linspace(-6, 6, 241)
    assert max(abs(gelu(x) - tanh_gelu(x)) for x in grid) < 1e-3
    assert max(abs(gelu(x) - x / (1 + math.exp(-1.702 * x))) for x in grid) < 0.03


def test_ffn_widths_and_share() -> None:
    table = rows("激活函数", "| 模型 | $d$ |")
    assert len(table) == 4
    for name, d, exact, width in table:
        factor, multiple = (1.3, 4096) if name == "Llama 2 70B" else (1.0, 256)
        hidden = int(factor * int(8 * int(d) / 3))
        assert float(exact) == round(8 * int(d) / 3, 1)
        assert int(width) == math.ceil(hidden / multiple) * multiple
    attention, ffn = 4 * 4096**2, 3 * 4096 * 11008
    assert stated("激活函数", rf"FFN 约占 {N}%。")[0] == round(100 * ffn / (attention + ffn), 1)


def test_expert_capacity_and_balance_loss() -> None:
    tokens, experts, factor, capacity = stated(
        "混合专家MoE", rf"例如 {N} 个 token、{N} 个专家、top-1、系数 {N}，容量就是 {N}"
    )
    assert capacity == tokens / experts * factor
    even, one = np.full(8, 1 / 8), np.eye(8)[0]
    assert (8 * even @ even, 8 * one @ one) == (1.0, 8.0)
    assert "损失等于 $\\alpha$；全部挤到一个专家时等于 $\\alpha n$" in note_text("混合专家MoE")


def test_llama_mixture_and_baichuan_utilisation() -> None:
    mixture = re.findall(r"按采样比例：([^。]*%)。", note_text("模型家族"))[0]
    assert sum(float(v) for v in re.findall(r"([\d.]+)%", mixture)) == pytest.approx(100)
    flops, percent = stated("模型家族", rf"每卡 {N} TFLOPS，峰值利用率 {N}%")
    assert percent == round(100 * flops / 312, 1)


def test_weights_by_precision() -> None:
    fp16, int4, large = stated(
        "大模型选型", rf"7B 的权重在 FP16 下是 {N} GB，INT4（按 0.5 字节）是 {N} GB；70B 的 INT4 是 {N} GB"
    )
    assert (fp16, int4, large) == (7 * 2, 7 * 0.5, 70 * 0.5)
