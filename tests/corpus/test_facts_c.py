"""Figures, formulas and code that the notes on retrieval, inference and applications state, computed again.

Each test reads the figure (or runs the code block) of the note itself, so that a note changed to a wrong value fails.
"""

import json
import math
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from corpus_notes import close, code, figures, note_text, row, stated

SPEED = "推理加速总览"


# BM25

DOCS = [["显存", "优化", "显存"], ["显存", "计算"], ["分词", "器", "训练", "词表"]]


def test_bm25_example_and_its_code() -> None:
    note = "BM25"
    both = code(note, "bm25")(["显存", "优化"], DOCS)
    memory = code(note, "bm25")(["显存"], DOCS)
    for i in (0, 1):
        first, second, total = figures(row(note, f"$d_{i + 1}$"))
        assert [first, second, total] == [close(memory[i], 3), close(both[i] - memory[i], 3), close(both[i], 3)]
    assert figures(row(note, "$d_3$")) == [0, 0, both[2]]


def test_bm25_idf_of_the_example() -> None:
    note = "BM25"
    n = len(DOCS)
    lucene = {seen: 1 + (n - seen + 0.5) / (seen + 0.5) for seen in (1, 2)}
    argument, idf = stated(note, r"\(\\text\{显存\}\)=\\ln ([\d.]+)=([\d.]+)")
    assert (argument, idf) == (close(lucene[2], 3), close(math.log(lucene[2]), 3))
    argument, idf = stated(note, r"\(\\text\{优化\}\)=\\ln ([\d.]+)=([\d.]+)")
    assert (argument, idf) == (close(lucene[1], 3), close(math.log(lucene[1]), 3))
    argument, idf = stated(note, r"\\mathrm\{idf\}=\\ln ([\d.]+)=(-[\d.]+)")
    assert (argument, idf) == (close(1.5 / 2.5, 3), close(math.log(1.5 / 2.5), 3))


def test_bm25_term_frequency_saturates() -> None:
    note = "BM25"
    curve = [tf * 2.5 / (tf + 1.5) for tf in (1, 2, 5, 10)] + [2.5]
    assert figures(row(note, "词频项")) == [close(value, 2) for value in curve]
    assert stated(note, r"BM25 只得约 ([\d.]+) 倍") == [close(curve[3] / curve[0], 1)]
    assert stated(note, r"从 1 提高到 ([\d.]+)") == [close(2.5 / (1 + 1.5 * (0.25 + 0.75 * 2 / 3)), 3)]


# Reciprocal rank fusion


def test_rrf_example_and_its_code() -> None:
    note = "倒数排名融合RRF"
    fused = code(note, "reciprocal_rank_fusion")([["A", "B", "D"], ["B", "C", "A"]])
    assert [doc for doc, _ in fused] == ["B", "A", "C", "D"]
    for place, (doc, score) in enumerate(fused, start=1):
        *_, told, order = row(note, doc)
        assert float(told) == close(score, 5)
        assert int(order) == place


@pytest.mark.parametrize(("k", "digits"), [(0, 3), (10, 4), (60, 4)])
def test_rrf_constant_flattens_the_ranks(k: int, digits: int) -> None:
    first, tenth, ratio = figures(row("倒数排名融合RRF", str(k)))
    assert (first, tenth) == (close(1 / (k + 1), digits), close(1 / (k + 10), digits))
    assert ratio == close((k + 10) / (k + 1), 2)


def test_rrf_two_low_ranks_against_one_first() -> None:
    note = "倒数排名融合RRF"
    better, low, high = stated(note, r"两路都排第 (\d+) 的结果得 ([\d.]+)，略高于单路第一的 ([\d.]+)")
    assert (low, high) == (close(2 / (60 + better), 5), close(1 / 61, 5))
    (same,) = stated(note, r"两路都排第 (\d+) 时恰好相等")
    assert 2 / (60 + same) == pytest.approx(1 / 61)
    assert stated(note, r"2/61=([\d.]+)") == [close(2 / 61, 4)]


# Dense retrieval, re-ranking, chunking, PDF, evaluation


def test_vector_index_memory() -> None:
    note = "稠密检索与向量索引"
    count, dim, links = 10**6, 768, 32
    raw, edges, both = stated(note, r"原向量 ([\d.]+) GB，边约 ([\d.]+) GB，合计约 ([\d.]+) GB")
    assert raw == close(count * 4 * dim / 1e9, 2)
    assert edges == close(count * 8 * links / 1e9, 2)
    assert both == close(count * (4 * dim + 8 * links) / 1e9, 2)
    full, m, small, ratio, total = stated(
        note, r"占 (\d+) 字节，取 \$m=(\d+)\$ 后只剩 (\d+) 字节，压缩 (\d+) 倍；100 万条从 3\.07 GB 降到 (\d+) MB"
    )
    assert (full, small, ratio, total) == (4 * dim, m, 4 * dim / m, count * m / 1e6)


def test_hnsw_levels_ivf_and_flat_counts() -> None:
    note = "稠密检索与向量索引"
    m, share = stated(note, r"\$M=(\d+)\$ 时约 ([\d.]+)% 的节点")
    levels = -np.log(np.random.default_rng(0).random(400_000)) / math.log(m)
    assert share / 100 == 1 / m == pytest.approx((levels >= 1).mean(), rel=0.02)
    cells, probed, part = stated(note, r"(\d+) 个簇里查 (\d+) 个，约扫描 ([\d.]+)% 的数据")
    assert part == close(100 * probed / cells, 2)
    assert stated(note, r"100 万条对应 (\d+) 到 (\d+)") == [4 * math.sqrt(10**6), 16 * math.sqrt(10**6)]
    rows_in_10k, dim, products = stated(note, r"(\d+) 万条 (\d+) 维只有 (\d+) 万次")
    assert rows_in_10k * dim == products


def test_unit_vectors_rank_alike_by_distance_and_cosine() -> None:
    assert r"2-2\cos(q,d)" in note_text("稠密检索与向量索引")
    rng = np.random.default_rng(1)
    q, d = (vector / np.linalg.norm(vector) for vector in rng.normal(size=(2, 384)))
    assert np.sum((q - d) ** 2) == pytest.approx(2 - 2 * float(q @ d))


def test_maxsim_mmr_and_rank_gpt_windows() -> None:
    note = "重排序"
    text = note_text(note)
    first_word, second_word = re.findall(r"相似度分别为 \$\((.*?)\)\$ 与 \$\((.*?)\)\$", text)[0]
    matrix = [[float(cell) for cell in line.split(",")] for line in (first_word, second_word)]
    assert stated(note, r"\$s=0\.9\+0\.8=([\d.]+)\$") == [pytest.approx(np.max(matrix, axis=1).sum())]
    weight, like, twin, first, other, apart, second = stated(
        note,
        r"\$\\lambda=([\d.]+)\$ 时，相关度 ([\d.]+)、与已选最高相似 ([\d.]+) 的候选得 ([\d.]+)；"
        r"相关度 ([\d.]+)、相似 ([\d.]+) 的候选得 ([\d.]+)",
    )
    assert first == pytest.approx(weight * like - (1 - weight) * twin)
    assert second == pytest.approx(weight * other - (1 - weight) * apart)
    assert stated(note, r"\(100-20\)/10\+1=(\d+)") == [len(range(0, 100 - 20 + 1, 10))]


def test_number_of_overlapping_chunks() -> None:
    length, size, overlap, told = stated("文本切分", r"例如 \$L=(\d+)\$、\$c=(\d+)\$、\$o=(\d+)\$ 时 \$n=(\d+)\$")
    start, count = 0.0, 1
    while start + size < length:
        start, count = start + size - overlap, count + 1
    assert told == count


def test_sentence_splitter_of_the_note() -> None:
    cut = code("文本切分", "sentences")
    assert cut("圆周率约为 3.14。用 v1.2 吗？\n他说：“好。”走了") == [
        "圆周率约为 3.14。",
        "用 v1.2 吗？",
        "他说：“好。”",
        "走了",
    ]


def test_context_budget() -> None:
    k, each, used, window, left = stated(
        "RAG概览", r"例如 (\d+) 段、每段 (\d+) token，共 (\d+) token，(\d+) 的窗口还剩 (\d+) token"
    )
    assert (used, left) == (k * each, window - k * each)


def test_pdf_units_and_two_column_code() -> None:
    note = "PDF解析"
    assert stated(note, r"A4 页面约为 (\d+)×(\d+) 点") == [round(mm / 25.4 * 72) for mm in (210, 297)]
    assert stated(note, r"A4 页面约为 (\d+)×(\d+) 像素") == [round(mm / 25.4 * 300) for mm in (210, 297)]
    two = code(note, "is_two_column")
    left = [(50, y, 280, y + 10) for y in range(100, 700, 12)]
    right = [(315, y, 545, y + 10) for y in range(100, 700, 12)]
    assert two([*left, *right, (50, 40, 545, 80)], 595)
    assert not two([(50, y, 545, y + 10) for y in range(100, 700, 12)], 595)
    assert not two([(50, y, 400, y + 10) for y in range(100, 700, 12)], 595)


def test_personalised_page_rank_of_the_graph_example() -> None:
    note = "GraphRAG"
    text = note_text(note)
    edges = [pair.split("—") for pair in re.findall(r"五条边：(.*?)。", text)[0].split("、")]
    names = sorted({name for edge in edges for name in edge})
    adjacency = np.zeros((len(names), len(names)))
    for a, b in edges:
        adjacency[names.index(a), names.index(b)] = adjacency[names.index(b), names.index(a)] = 1
    walk = adjacency / adjacency.sum(axis=1, keepdims=True)
    seed = np.array([name == "QLoRA" for name in names], dtype=float)
    rank = np.linalg.solve(np.eye(len(names)) - 0.85 * walk.T, 0.15 * seed)
    told = re.findall(r"PPR 得分为 (.*?)，越远", text)[0].split("、")
    assert {item.split()[0]: float(item.split()[1]) for item in told} == {
        name: close(score, 3) for name, score in zip(names, rank, strict=True)
    }


def test_graph_index_code_follows_two_hops() -> None:
    index = code("GraphRAG", "GraphIndex")()
    for a, b in [("LoRA", "PEFT"), ("LoRA", "QLoRA"), ("QLoRA", "NF4"), ("PEFT", "Adapter"), ("Adapter", "BERT")]:
        index.add(a, "连到", b, 1)
    reached = {name for fact in index.subgraph(["QLoRA"]) for name in (fact[0], fact[2])}
    assert reached == {"QLoRA", "NF4", "LoRA", "PEFT"}


def test_retrieval_metrics() -> None:
    note = "RAG评估"
    relevant, k, hit, recall, precision = stated(
        note, r"共有 (\d+) 段相关，前 (\d+) 条命中 (\d+) 段：Recall@5 为 ([\d.]+)，Precision@5 为 ([\d.]+)"
    )
    assert (recall, precision) == (hit / relevant, hit / k)
    assert stated(note, r"\(1\+1/3\+0\)/3=([\d.]+)") == [close((1 + 1 / 3) / 3, 3)]
    gains = np.array([3, 2, 0, 1])
    discount = 1 / np.log2(np.arange(2, 6))
    dcg, best = float(gains @ discount), float(np.sort(gains)[::-1] @ discount)
    assert stated(note, r"DCG 为 ([\d.]+)，理想次序 3、2、1、0 的 DCG 为 ([\d.]+)，NDCG 为 ([\d.]+)") == [
        close(dcg, 3),
        close(best, 3),
        close(dcg / best, 3),
    ]
    p, n, error, half = stated(note, r"\$p=([\d.]+)\$、\$n=(\d+)\$ 时标准误为 ([\d.]+)，95% 置信区间约为 ±([\d.]+)")
    assert (error, half) == (close(math.sqrt(p * (1 - p) / n), 3), close(196 * math.sqrt(p * (1 - p) / n), 1))
    n, half = stated(note, r"\$n=(\d+)\$ 时约为 ±([\d.]+)")
    assert half == close(196 * math.sqrt(p * (1 - p) / n), 1)


# Inference


@pytest.mark.parametrize(("device", "gigabytes"), [("A100 80GB SXM", 2039), ("RTX 4090", 1008)])
def test_decoding_speed_is_bandwidth_over_weights(device: str, gigabytes: float) -> None:
    bandwidth, half, quarter = (float(re.findall(r"([\d.]+) \w+/s", cell)[0]) for cell in row(SPEED, device))
    assert (bandwidth, half, quarter) == (gigabytes, close(gigabytes / 14, 0), close(gigabytes / 3.5, 0))


def test_decoding_speed_on_a_processor_and_over_pcie() -> None:
    bandwidth, half, quarter = figures(row(SPEED, "双通道 DDR5-4800 CPU"))
    assert (bandwidth, half, quarter) == (close(2 * 8 * 4.8, 1), close(76.8 / 14, 1), close(76.8 / 3.5, 0))
    lane, seconds = stated(SPEED, r"理论带宽约 (\d+) GB/s，14 GB 权重全部放在内存时，每个 token 至少 ([\d.]+) 秒")
    assert seconds == close(14 / lane, 2)
    assert stated(SPEED, r"单条请求的上限约为 (\d+) token/s") == [close(2039 / 14, 0)]
    assert stated(SPEED, r"上限升到约 (\d+) token/s") == [close(2039 / 3.5, 0)]


def test_prefill_time_speculation_and_littles_law() -> None:
    work, power = stated(SPEED, r"约 \$([\d.]+)\\times10\^\{(\d+)\}\$ 次运算")
    operations = 2 * 7e9 * 2000
    assert work * 10**power == operations
    peak, used, seconds = stated(SPEED, r"峰值为 (\d+) TFLOPS，按 (\d+)% 利用率算需要约 ([\d.]+) 秒")
    assert seconds == close(operations / (peak * 1e12 * used / 100), 2)
    alpha, gamma, tokens = stated(SPEED, r"\$\\alpha=([\d.]+)\$、\$\\gamma=(\d+)\$ 时为 ([\d.]+)")
    assert tokens == close(sum(alpha**i for i in range(int(gamma) + 1)), 2)
    rate, time, inside = stated(SPEED, r"每秒 (\d+) 个请求、每个 (\d+) 秒，系统里平均有 (\d+) 个请求")
    assert inside == rate * time


@pytest.mark.parametrize("model", ["LLaMA-2-7B（MHA）", "LLaMA-2-70B（GQA）", "Llama-3-8B（GQA）"])
def test_kv_cache_sizes(model: str) -> None:
    note = "KV缓存与PagedAttention"
    layers, heads, width, kib, gib = figures(row(note, model))
    per_token = 2 * layers * heads * width * 2
    assert (kib, gib) == (per_token / 2**10, per_token * 4096 / 2**30)


def test_kv_cache_of_the_text_and_the_slot_formula() -> None:
    note = "KV缓存与PagedAttention"
    assert stated(note, r"每 token 要 ([\d.]+) MiB") == [2 * 80 * 64 * 128 * 2 / 2**20]
    assert stated(note, r"一块横跨所有层共占 (\d+) MiB") == [16 * 2 * 32 * 32 * 128 * 2 / 2**20]
    table = [7, 2, 9]
    token, block, cell, slot = stated(
        note, r"第 (\d+) 个 token（从 0 计）在逻辑块 (\d+) 的第 (\d+) 格，物理位置是 \$2\\times16\+4=(\d+)\$"
    )
    assert (block, cell, slot) == (token // 16, token % 16, table[int(token) // 16] * 16 + token % 16)
    assert stated(SPEED, r"每 token 的 KV 为 (\d+) KiB，一条 4096 token 的请求再加 (\d+) GiB") == [512, 2]


def test_block_manager_code_shares_and_copies_on_write() -> None:
    manager = code("KV缓存与PagedAttention", "BlockManager")(num_blocks=8)
    slots = {manager.append("a") for _ in range(20)}
    assert len(slots) == 20
    assert len(manager.free) == 6
    manager.fork("a", "b")
    assert manager.append("a") != manager.append("b")
    assert manager.tables["a"][0] == manager.tables["b"][0]
    assert manager.tables["a"][1] != manager.tables["b"][1]
    assert len(manager.free) == 5


@pytest.mark.parametrize("temperature", ["0.5", "1.0", "2.0"])
def test_temperature_table(temperature: str) -> None:
    weight = np.exp(np.array([2, 1, 0]) / float(temperature))
    told = figures(row("解码与采样", temperature))
    assert told == [close(p, 3) for p in weight / weight.sum()]


def test_sampling_code_and_top_p_example() -> None:
    note = "解码与采样"
    sample = code(note, "sample")
    rng = np.random.default_rng(3)
    assert {sample([2, 1, 0], top_p=0.9, rng=rng) for _ in range(300)} == {0, 1}
    assert {sample([2, 1, 0], top_k=1, rng=rng) for _ in range(20)} == {0}
    assert {sample([2, 1, 0], rng=rng) for _ in range(300)} == {0, 1, 2}
    assert sample([1, 5, 2], temperature=0) == 1
    first, second, both = stated(note, r"（([\d.]+) 加 ([\d.]+) 为 ([\d.]+)）")
    assert both == pytest.approx(first + second)
    a, after_a, path_a, b, after_b, path_b = stated(
        note,
        r"A 的概率为 ([\d.]+)、其后最好的续写为 ([\d.]+)，总概率 ([\d.]+)；"
        r"第一步 B 为 ([\d.]+)、其后为 ([\d.]+)，总概率 ([\d.]+)",
    )
    assert [path_a, path_b] == pytest.approx([a * after_a, b * after_b])


@pytest.mark.parametrize(("name", "size"), [("FP32", 4), ("FP16 / BF16", 2), ("INT8", 1), ("INT4", 0.5)])
def test_weight_memory_table(name: str, size: float) -> None:
    lines = note_text("量化").splitlines()
    (line,) = [line for line in lines if line.startswith(f"| {name} | {size:g} |")]
    assert figures(line.split("|")[3:]) == [n * size for n in (7, 13, 70)]


def test_float_formats() -> None:
    note = "量化"
    for name in ("FP16", "BF16", "TF32"):
        sign, exponent, mantissa = map(int, row(note, name)[0].split("-"))
        largest = (2 - 2.0**-mantissa) * 2.0 ** (2 ** (exponent - 1) - 1)
        assert float(row(note, name)[1]) == (largest if name == "FP16" else pytest.approx(largest, rel=0.005))
        assert sign == 1
    assert stated(note, r"有效 (\d+) 位") == [1 + 8 + 10]
    # E4M3 keeps the top exponent for numbers and gives up only the all-ones mantissa; E5M2 follows IEEE 754.
    assert float(row(note, "FP8 E4M3")[1]) == (1 + 6 / 8) * 2**8
    assert float(row(note, "FP8 E5M2")[1]) == (1 + 3 / 4) * 2**15


def test_symmetric_quantisation_example_and_outlier() -> None:
    note = "量化"
    text = note_text(note)
    values = np.array([0.5, -1.2, 3.0])
    assert stated(note, r"\$s=3/127=([\d.]+)\$") == [close(3 / 127, 4)]
    levels = np.round(values / (3 / 127))
    found = re.findall(r"得到整数 \$(\[.*?\])\$，还原为 \$(\[.*?\])\$", text)[0]
    assert json.loads(found[0]) == levels.tolist()
    assert json.loads(found[1]) == [close(x, 3) for x in levels * 3 / 127]
    scale = 60 / 127
    coarse = np.round(values / scale)
    assert stated(note, r"\$s\$ 变为 ([\d.]+)，") == [close(scale, 3)]
    assert json.loads(re.findall(r"三个数的整数变成 \$(\[.*?\])\$", text)[0]) == coarse.tolist()
    assert stated(note, r"0\.5 还原成 ([\d.]+)、") == [close(scale, 3)]
    assert stated(note, r"相对误差达到 (\d+)%") == [close(100 * abs(coarse[1] * scale / -1.2 - 1), 0)]


def test_bits_per_weight() -> None:
    note = "量化"
    for name in ("Q4_0", "Q8_0", "Q4_K", "Q5_K", "Q6_K"):
        block, size, bits = figures(row(note, name))
        assert bits == 8 * size / block
    assert stated(note, r"4\+16/128\+4/128=([\d.]+)") == [close(4 + 20 / 128, 2)]
    double, saved = stated(note, r"8/64\+32/\(64\\times256\)=([\d.]+)\$ 比特，省下约 ([\d.]+) 比特")
    assert (double, saved) == (close(8 / 64 + 32 / (64 * 256), 3), close(0.5 - 8 / 64 - 32 / (64 * 256), 3))
    assert stated(note, r"7B 模型用 Q4_0 约 ([\d.]+) GB") == [close(7 * 4.5 / 8, 2)]
    big, small = stated("模型格式", r"Q8_0 约 ([\d.]+) GB，Q4_0 约 ([\d.]+) GB")
    assert (big, small) == (close(7 * 8.5 / 8, 1), close(7 * 4.5 / 8, 1))


def test_smooth_quant_changes_no_product() -> None:
    assert r"s_j=\frac{\max|X_j|^{\alpha}}{\max|W_j|^{1-\alpha}}" in note_text("量化")
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(6, 4)) * [1, 1, 50, 1], rng.normal(size=(4, 3))
    s = np.sqrt(np.abs(x).max(axis=0)) / np.sqrt(np.abs(w).max(axis=1))
    assert (x / s) @ (s[:, None] * w) == pytest.approx(x @ w)
    assert np.ptp(np.abs(x / s).max(axis=0)) < np.ptp(np.abs(x).max(axis=0))


def test_header_readers_of_the_model_formats(tmp_path: Path) -> None:
    note = "模型格式"
    gguf = tmp_path / "a.gguf"
    gguf.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 290, 24))
    assert code(note, "gguf_header")(gguf) == (3, 290, 24)
    assert stated(note, r"键值数（uint64），共 (\d+) 字节") == [gguf.stat().st_size]
    header = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    body = json.dumps(header).encode()
    tensors = tmp_path / "a.safetensors"
    tensors.write_bytes(struct.pack("<Q", len(body)) + body + bytes(4))
    assert code(note, "read_header")(tensors) == header


def test_evaluation_formulas() -> None:
    note = "大模型评测"
    n, c, one, five = stated(note, r"\$n=(\d+)\$、\$c=(\d+)\$：pass@1 为 ([\d.]+)，pass@5 为 ([\d.]+)")
    assert one == close(c / n, 3)
    assert five == close(1 - math.comb(int(n - c), 5) / math.comb(int(n), 5), 3)
    near, likely, far, sure = stated(note, r"分差 (\d+) 时预期胜率约 (\d+)%，分差 (\d+) 时约 (\d+)%")
    for gap, chance in ((near, likely), (far, sure)):
        assert chance == close(100 / (1 + 10 ** (-gap / 400)), 0)
    p, perplexity = stated(note, r"每个词的概率都是 ([\d.]+)，困惑度为 (\d+)")
    assert perplexity == pytest.approx(math.exp(-math.log(p)))


def test_hallucination_figures() -> None:
    note = "幻觉"
    p, decay, floor, early, middle = stated(
        note,
        r"取 \$p=([\d.]+)\$、\$\\lambda=([\d.]+)\$、\$\\omega=([\d.]+)\$ 时，"
        r"第 1 个词的 \$p_t\$ 为 ([\d.]+)，第 5 个为 ([\d.]+)，",
    )
    assert (early, middle) == (p, close(p * decay**4, 2))
    (step,) = stated(note, r"第 (\d+) 个起触底")
    assert p * decay ** (step - 1) < floor <= p * decay ** (step - 2)
    facts, kept, score = stated(note, r"(\d+) 条原子事实有 (\d+) 条得到支持，得分 ([\d.]+)")
    assert score == kept / facts
    samples, against, score = stated(note, r"(\d+) 份样本里有 (\d+) 份不支持，得分 ([\d.]+)")
    assert score == against / samples


# Applications


def test_self_consistency_and_tree_of_thoughts_calls() -> None:
    note = "思维链"
    p, votes, right = stated(note, r"正确率为 ([\d.]+)，只有两种答案，(\d+) 条投票的正确率为 ([\d.]+)")
    n = int(votes)
    assert right == close(sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1)), 3)
    b, k, v, calls = stated(note, r"\$b=(\d+)\$、\$k=(\d+)\$、\$v=(\d+)\$ 时一层 (\d+) 次")
    assert calls == b + b * k * v


def test_agent_arithmetic() -> None:
    note = "智能体Agent"
    assert stated(note, r"0\.95\^\{10\}\\approx([\d.]+)\$；20 步只剩约 ([\d.]+)") == [
        close(0.95**10, 3),
        close(0.95**20, 3),
    ]
    steps, each, total = stated(note, r"(\d+) 步、每步 (\d+) token，累计输入 (\d+) 万 token")
    assert total * 10_000 == sum(i * each for i in range(1, int(steps) + 1))
    assert stated(note, r"24 小时后约为 ([\d.]+)，一周后约为 ([\d.]+)") == [
        close(0.995**24, 3),
        close(0.995**168, 3),
    ]
    p, chance = stated(note, r"单次成功率 ([\d.]+) 且各次独立时，pass\^4 只有约 ([\d.]+)")
    assert chance == close(p**4, 2)
