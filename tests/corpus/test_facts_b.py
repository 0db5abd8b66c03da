"""Figures and formulas that the notes on fine-tuning and training state, computed again.

Each test reads the figure out of the note, so that a note changed to a wrong value fails.
"""

import math
import re
from statistics import NormalDist

import numpy as np
import pytest
from corpus_notes import code, note_text, number, row, stated

LLAMA_HIDDEN, LLAMA_FFN, LLAMA_LAYERS, LLAMA_VOCAB = 4096, 11008, 32, 32000


def lora(shapes: list[tuple[int, int]], rank: int) -> int:
    return sum(rank * (d_in + d_out) for d_in, d_out in shapes)


ATTENTION = [(LLAMA_HIDDEN, LLAMA_HIDDEN)]
MLP = [(LLAMA_HIDDEN, LLAMA_FFN)] * 2 + [(LLAMA_FFN, LLAMA_HIDDEN)]


@pytest.mark.parametrize(
    ("place", "rank", "shapes"),
    [("q、v 投影", 8, ATTENTION * 2), ("q、k、v、o 投影", 8, ATTENTION * 4), ("全部线性层", 16, ATTENTION * 4 + MLP)],
)
def test_lora_parameter_counts_of_llama_7b(place: str, rank: int, shapes: list[tuple[int, int]]) -> None:
    stated_rank, per_layer, total, share = (number(cell) for cell in row("LoRA", place))
    assert stated_rank == rank
    assert per_layer == lora(shapes, rank)
    assert total == LLAMA_LAYERS * per_layer
    assert share == pytest.approx(100 * total / llama_parameters(), abs=0.005)


def llama_parameters() -> int:
    per_layer = 4 * LLAMA_HIDDEN**2 + 3 * LLAMA_HIDDEN * LLAMA_FFN + 2 * LLAMA_HIDDEN
    return 2 * LLAMA_VOCAB * LLAMA_HIDDEN + LLAMA_LAYERS * per_layer + LLAMA_HIDDEN


def test_llama_7b_has_the_stated_number_of_parameters() -> None:
    (total,) = stated("显存计算", r"=([\d,{}]{10,})\n")
    assert total == llama_parameters()


def test_chatglm_lora_file_size() -> None:
    note = "LoRA"
    count, half, full = stated(note, r"新增 ([\d,]+) 个参数，FP16 存盘约 (\d+) MB，FP32 约 (\d+) MB")
    assert count == 28 * lora([(4096, 3 * 4096)], 8)
    assert half == pytest.approx(count * 2 / 1e6, abs=0.5)
    assert full == pytest.approx(count * 4 / 1e6, abs=0.8)


def test_lora_saves_a_third_of_the_training_computation() -> None:
    note = "LoRA"
    (limit,) = stated(note, r"加速上限是 ([\d.]+) 倍")
    full, kept = (number(cell) for cell in row(note, "合计"))
    assert limit == full / kept == (2 + 2 + 2) / (2 + 2)


def test_merging_lora_changes_nothing() -> None:
    rng = np.random.default_rng(7)
    w0, a, b, x = rng.normal(size=(8, 6)), rng.normal(size=(2, 6)), rng.normal(size=(8, 2)), rng.normal(size=6)
    assert np.allclose((w0 + 4.0 * b @ a) @ x, w0 @ x + 4.0 * b @ (a @ x))
    assert r"$W=W_0+\frac{\alpha}{r}BA$" in note_text("LoRA")


def test_nf4_levels_are_normal_quantiles() -> None:
    """The construction of bitsandbytes: eight positive and seven negative quantiles and zero, scaled to one."""
    text = note_text("QLoRA与AdaLoRA")
    block = re.search(r"```\n(-1\.0,[^`]+)```", text)
    assert block is not None
    levels = [float(level) for level in block.group(1).replace("\n", " ").split(",")]
    quantile, offset = NormalDist().inv_cdf, 0.9677083
    positive = [quantile(p) for p in np.linspace(offset, 0.5, 9)[:-1]]
    negative = [-quantile(p) for p in np.linspace(offset, 0.5, 8)[:-1]]
    expected = np.array(sorted([*positive, 0.0, *negative])) / max(positive)
    assert len(levels) == 16
    assert np.allclose(levels, expected, atol=1.1e-4)


def test_double_quantization_saves_the_stated_bits() -> None:
    note = "QLoRA与AdaLoRA"
    once, twice = 32 / 64, 8 / 64 + 32 / (64 * 256)
    saved, size, gigabytes = stated(note, r"每个参数再省 ([\d.]+) 比特，(\d+)B 模型约省 (\d+) GB")
    assert saved == pytest.approx(once - twice, abs=5e-4)
    assert gigabytes == pytest.approx(size * saved / 8, abs=0.1)
    bits, base = stated(note, r"平均每参数 ([\d.]+) 比特，65B 的底座约 ([\d.]+) GB")
    assert bits == pytest.approx(4 + twice, abs=5e-4)
    assert base == pytest.approx(65 * bits / 8, abs=0.05)


def test_adapter_parameters_of_bert_base() -> None:
    d, m = 768, 64
    each, total, share = stated("Adapter", r"每个适配器 ([\d,]+) 个参数，总共 ([\d,]+) 个，.*?的 ([\d.]+)%")
    assert each == 2 * m * d + d + m
    assert total == 12 * 2 * each
    assert share == pytest.approx(100 * total / 110e6, abs=0.05)


def test_soft_prompt_parameters() -> None:
    note = "提示类微调"
    (prompt,) = stated(note, r"\$20\\times4096\$ \| ([\d,]+) \|")
    (prefix,) = stated(note, r"\$20\\times2\\times32\\times4096\$ \| ([\d,]+) \|")
    assert (prompt, prefix) == (20 * LLAMA_HIDDEN, 20 * 2 * LLAMA_LAYERS * LLAMA_HIDDEN)
    chatglm, megabytes = stated(note, r"4096=([\d,{}]+)\$ 个，FP16 约 ([\d.]+) MB")
    assert chatglm == 128 * 28 * 2 * 4096
    assert megabytes == pytest.approx(chatglm * 2 / 1e6, abs=0.05)


def test_memory_of_ppo() -> None:
    total, trained, frozen = stated(
        "RLHF", r"要约 (\d+) GB[\s\S]*?=(\d+)\$ GB，" r"两个推理的模型各 \$7\\times2=(\d+)\$"
    )
    assert (trained, frozen) == (7 * 16, 7 * 2)
    assert total == 2 * trained + 2 * frozen


def test_pair_loss_of_the_reward_model() -> None:
    equal, gap, loss = stated(
        "奖励模型与PPO", r"\\approx([\d.]+)\$，这是随机猜的水平；" r"分差为 (\d) 时损失约 ([\d.]+)"
    )
    assert equal == pytest.approx(math.log(2), abs=5e-4)
    assert loss == pytest.approx(math.log1p(math.exp(-gap)), abs=5e-4)


def test_divergence_of_best_of_n() -> None:
    n, bound = stated("奖励模型与PPO", r"\$n=(\d+)\$ 时约 ([\d.]+) 奈特")
    assert bound == pytest.approx(math.log(n) - (n - 1) / n, abs=5e-4)


def test_pairs_out_of_a_ranking() -> None:
    few, few_pairs, many, many_pairs = stated("奖励模型与PPO", r"\$K=(\d)\$ 得 (\d+) 对，\$K=(\d)\$ 得 (\d+) 对")
    assert (few_pairs, many_pairs) == (math.comb(int(few), 2), math.comb(int(many), 2))


def test_dpo_recovers_the_reward_differences() -> None:
    """The optimum of the KL-constrained reward gives back the reward difference, whatever the partition function."""
    rng = np.random.default_rng(3)
    reference, reward, beta = rng.dirichlet(np.ones(5)), rng.normal(size=5), 0.3
    optimum = reference * np.exp(reward / beta)
    optimum /= optimum.sum()
    implicit = beta * np.log(optimum / reference)
    assert np.allclose(np.diff(implicit), np.diff(reward))
    (start,) = stated("DPO", r"损失正好是 \$\\ln2\\approx([\d.]+)\$")
    assert start == pytest.approx(math.log(2), abs=5e-4)


@pytest.mark.parametrize("questions", [100, 400, 1600])
def test_standard_error_of_an_accuracy(questions: int) -> None:
    error, half_width = (number(cell) for cell in row("指令数据构建", str(questions)))
    exact = math.sqrt(0.8 * 0.2 / questions)
    assert error == pytest.approx(exact, abs=5e-4)
    assert half_width == pytest.approx(1.96 * exact, abs=5.1e-4)


@pytest.mark.parametrize(("precision", "width"), [("FP32", 4), ("FP16 / BF16", 2), ("INT8", 1), ("INT4", 0.5)])
def test_file_sizes(precision: str, width: float) -> None:
    cells = [number(cell) for cell in row("显存计算", precision)]
    assert cells == [width, width, 7 * width, 13 * width, 70 * width]


@pytest.mark.parametrize(
    ("method", "width"),
    [("全参数（AdamW 混合精度）", 16), ("全参数（8 位 Adam）", 10), ("LoRA（BF16 底座）", 2)],
)
def test_memory_of_fine_tuning(method: str, width: float) -> None:
    assert [number(cell) for cell in row("显存计算", method)] == [7 * width, 13 * width, 65 * width]


def test_memory_of_qlora() -> None:
    cells = [number(cell) for cell in row("显存计算", "QLoRA（NF4 底座）")]
    assert cells == pytest.approx([size * 4.127 / 8 for size in (7, 13, 65)], abs=0.05)


def zero_gigabytes(parameters: float, gpus: int) -> list[float]:
    """Plain data parallelism and ZeRO-1 to 3: 2 bytes of weights, 2 of gradients, 12 of optimizer a parameter."""
    shares = [(16, 0), (4, 12), (2, 14), (0, 16)]
    return [parameters * (whole + split / gpus) for whole, split in shares]


def test_zero_stages_in_both_notes() -> None:
    ours = [number(row("显存计算", name)[-1]) for name in ("纯数据并行", "ZeRO-1", "ZeRO-2", "ZeRO-3")]
    assert ours == zero_gigabytes(7, 8)
    names = ("数据并行", "ZeRO-1（$P_{os}$）", "ZeRO-2（$P_{os+g}$）", "ZeRO-3（$P_{os+g+p}$）")
    paper = [number(row("ZeRO与DeepSpeed", name)[-1]) for name in names]
    assert paper == pytest.approx(zero_gigabytes(7.5, 64), abs=0.05)


def test_weights_of_65_billion_against_four_v100() -> None:
    weights, marketed, real = stated("显存计算", r"65B 的权重是 (\d+) GB，四卡总共 (\d+) GB（32 按 GiB 计约 (\d+) GB）")
    assert (weights, marketed) == (65 * 2, 4 * 32)
    assert real == pytest.approx(4 * 32 * 2**30 / 1e9, abs=0.5)


def test_kv_cache_of_llama_7b() -> None:
    per_token, mebibytes, length, gibibytes = stated(
        "显存计算", r"=([\d,{}]+)\$ 字节，即 ([\d.]+) MiB；(\d+) 长的一条序列就是 (\d+) GiB"
    )
    assert per_token == 2 * LLAMA_LAYERS * LLAMA_HIDDEN * 2
    assert mebibytes == per_token / 2**20
    assert gibibytes == length * per_token / 2**30


def test_activation_memory() -> None:
    full, flash, recomputed = stated(
        "显存计算", r"完整公式约 ([\d.]+) GB，用 FlashAttention 约 ([\d.]+) GB，.*?约 ([\d.]+) GB"
    )
    s, h, a, layers = 4096, 4096, 32, 32
    assert full == pytest.approx(layers * s * h * (34 + 5 * a * s / h) / 1e9, abs=0.05)
    assert flash == pytest.approx(layers * s * h * 34 / 1e9, abs=0.05)
    assert recomputed == pytest.approx(layers * s * h * 2 / 1e9, abs=0.05)


def test_ring_all_reduce() -> None:
    gpus, gradients, sent = stated("数据并行", r"例如 (\d+) 卡、(\d+) GB 梯度，每卡发 ([\d.]+) GB")
    assert sent == 2 * (gpus - 1) / gpus * gradients
    ring = code("数据并行", "ring_allreduce")
    data = [np.arange(10.0) * rank for rank in range(4)]
    assert all(np.allclose(out, sum(data)) for out in ring(data))


def test_pipeline_bubbles() -> None:
    text = note_text("张量并行与流水线并行")
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([\d.]+)% \|$", text, flags=re.MULTILINE)
    assert len(rows) == 5
    for stages, micro, percent in rows:
        p, m = int(stages), int(micro)
        assert float(percent) == pytest.approx(100 * (p - 1) / (m + p - 1), abs=0.05)


def test_tensor_parallel_message() -> None:
    (megabytes,) = stated("张量并行与流水线并行", r"BF16 时约 ([\d.]+) MB")
    assert megabytes == pytest.approx(4096 * 4096 * 2 / 1e6, abs=0.05)


def test_zero_three_over_ten_gigabit_ethernet() -> None:
    traffic, speed, seconds = stated("三维并行", r"14=(\d+)\$ GB，\$42/([\d.]+)=([\d.]+)\$ 秒")
    assert traffic == 3 * 7 * 2
    assert speed == 10 / 8
    assert seconds == pytest.approx(traffic / speed)


def test_three_dimensions_multiply() -> None:
    tensor, pipeline, data, gpus, speed, percent = stated(
        "三维并行", r"TP (\d+) × PP (\d+) × DP (\d+) = (\d+) 张 A100，每卡 (\d+) TFLOP/s，为峰值的 (\d+)%"
    )
    assert gpus == tensor * pipeline * data
    assert percent == pytest.approx(100 * speed / 312, abs=0.5)


def test_mixed_precision_saves_no_model_state() -> None:
    full, mixed = stated("混合精度训练", r"4\+4\+8=(\d+) 字节，混合精度是 2\+2\+4\+8=(\d+) 字节")
    assert full == mixed == 4 + 4 + 8 == 2 + 2 + 4 + 8


@pytest.mark.parametrize(
    ("name", "exponent", "mantissa"),
    [("FP32", 8, 23), ("TF32", 8, 10), ("BF16", 8, 7), ("FP16", 5, 10), ("FP8 E5M2", 5, 2)],
)
def test_floating_point_formats(name: str, exponent: int, mantissa: int) -> None:
    bits, e, m, largest, smallest = (number(cell) for cell in row("混合精度训练", name))
    bias = 2 ** (exponent - 1) - 1
    assert (bits, e, m) == (1 + exponent + mantissa, exponent, mantissa)
    assert largest == pytest.approx((2 - 2.0**-mantissa) * 2.0**bias, rel=2e-3)
    assert smallest == pytest.approx(2.0 ** (1 - bias), rel=4e-3, abs=0)


def test_e4m3_has_no_infinity() -> None:
    """E4M3 keeps only one pattern for NaN, so its largest value is 1.75 * 2**8."""
    bits, e, m, largest, smallest = (number(cell) for cell in row("混合精度训练", "FP8 E4M3"))
    assert (bits, e, m, largest) == (8, 4, 3, 1.75 * 2**8)
    assert smallest == pytest.approx(2.0**-6, rel=4e-3)


def test_spacing_of_half_precision_near_one() -> None:
    (brain,) = stated("混合精度训练", r"\$2\^\{-7\}=([\d.]+)\$")
    (half,) = stated("混合精度训练", r"\$2\^\{-10\}\\approx([\d.]+)\$")
    assert brain == 2.0**-7
    assert half == pytest.approx(float(np.spacing(np.float16(1))), abs=5e-7)
    assert np.float16(1) + np.float16(1e-4) == 1


def test_half_precision_overflows_where_stated() -> None:
    (first,) = stated("混合精度训练", r"再大就舍入成无穷大（从 (\d+) 起）")
    below, at = np.array([first - 1, first]).astype(np.float32)
    with np.errstate(over="ignore"):
        assert np.float16(below) == 65504
        assert np.isinf(np.float16(at))


def test_training_time_from_six_n_d() -> None:
    note = "硬件与算力"
    total, peak, mfu, hours = stated(
        note, r"C=([\d.]+)\\times10\^\{22\}\$；" r"A100 峰值 (\d+) TFLOPS、MFU (\d+)% 时，约 ([\d,]+) 卡时"
    )
    assert total * 1e22 == pytest.approx(6 * 7e9 * 1e12)
    assert hours == pytest.approx(6 * 7e9 * 1e12 / (peak * 1e12 * mfu / 100) / 3600, abs=1)
    used, billions, percent = stated(
        note, r"用了 ([\d,]+) 个 A100 卡时，以 ([\d.]+) 亿参数、" r"1 万亿 token 倒推，利用率约 (\d+)%"
    )
    assert percent == pytest.approx(100 * 6 * billions * 1e8 * 1e12 / (used * 3600 * peak * 1e12), abs=0.5)


def test_utilisation_and_decoding_limit() -> None:
    note = "硬件与算力"
    (percent,) = stated(note, r"312\\times10\^\{12\}\)=([\d.]+)\\%")
    assert percent == pytest.approx(100 * 6 * 7e9 * 24000 / (8 * 312e12), abs=0.05)
    weights, bandwidth, tokens = stated(note, r"BF16 权重 (\d+) GB，在 ([\d.]+) TB/s 的 A100 上每秒最多约 (\d+) token")
    assert tokens == pytest.approx(bandwidth * 1000 / weights, abs=0.5)


def test_effective_batch() -> None:
    micro, steps, gpus, batch = stated("训练稳定性与OOM", r"例如微批 (\d+)、累积 (\d+)、(\d+) 张卡，有效批大小是 (\d+)")
    assert batch == micro * steps * gpus


def test_checkpoint_size() -> None:
    each, weights, state, size = stated(
        "Accelerate与训练框架",
        r"每参数 (\d+) 字节（(\d+) 字节权重、" r"(\d+) 字节 FP32 主权重与动量），7B 约 (\d+) GB",
    )
    assert each == weights + state
    assert size == 7 * each


def test_loss_scale_example_behaves_as_described() -> None:
    scale = code("混合精度训练", "LossScale")(interval=2)
    assert scale.update(overflow=True) is False
    assert scale.scale == 65536 / 2
    assert scale.update(overflow=False) and scale.update(overflow=False)
    assert scale.scale == 65536
    start, shrink, steps = stated("混合精度训练", r"默认初值 (\d+)，溢出乘 ([\d.]+)，" r"连续 (\d+) 步正常乘 2")
    assert (start, shrink, steps) == (2.0**16, 0.5, 2000)


def test_checkpoint_interval() -> None:
    """Young's first-order optimum: the square root of twice the cost of saving times the time between failures."""
    save, between, interval = stated(
        "训练稳定性与OOM", r"存一次 (\d+) 分钟、平均 (\d+) 分钟出一次故障，就隔约 (\d+) 分钟"
    )
    every = np.arange(1, 200)
    loss = save / every + every / 2 / between
    assert interval == every[loss.argmin()]


def test_tokens_of_a_fine_tuning_run() -> None:
    rows, tokens, rounds, total = stated(
        "有监督微调SFT", r"(\d+) 万条、每条平均 (\d+) token、训练 (\d) 轮，共处理 (\d+) 万 token"
    )
    assert total == rows * tokens * rounds
