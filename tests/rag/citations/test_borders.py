"""Sentences on both sides of each threshold of the citation check: what a source must hold for a sentence to be its.

`tests/project/test_thresholds.py` moves every number of `rag/citations/check.py` by a fifth; a case here must then fail.
What carries something is counted: English words, and of Chinese words and pairs of characters, half each. In most cases
the source holds one word too few, or just enough.
"""

from collections.abc import Sequence

import pytest
from citing import cited

from ingest.vectors.embed import NoteEmbeddings
from rag.citations.check import says_nothing
from rag.citations.meaning import Meaning

DRAFT = "Speculative decoding lets a small draft model propose tokens that the large model verifies."
AGAIN = "Gradient checkpointing drops activations in the forward pass and computes them again in the backward pass"
RECOMPUTED = "梯度检查点丢弃前向传播的激活值，反向传播时再算一遍"


@pytest.mark.parametrize(
    ("sentence", "source", "supported"),
    [
        # Six of its ten words say the same in short, five of them something else about it.
        (DRAFT, "In speculative decoding a draft model proposes some tokens.", True),
        (DRAFT, "A draft model proposes tokens quickly while decoding.", False),
        ("束搜索在每一步保留概率最高的几个候选。", "束搜索每一步都保留几个候选序列。", True),
        ("束搜索在每一步保留概率最高的几个候选。", "束搜索比贪心解码多保留几个候选。", False),
        # A clause may be in other words, but for a third of them; else it is an addition.
        (f"{AGAIN}, which suits small cards.", f"{AGAIN}; cards with little memory profit.", True),
        (
            f"{AGAIN}, so old gaming cards of little price stay useful.",
            f"{AGAIN}; cards with little memory profit.",
            False,
        ),
        # A clause of two pairs of characters is a manner of speaking, one of three says something.
        (f"{RECOMPUTED}，简单说。", f"{RECOMPUTED}。", True),
        (f"{RECOMPUTED}，十分划算。", f"{RECOMPUTED}。", False),
    ],
)
def test_a_sentence_and_each_clause_need_enough_of_their_words(sentence: str, source: str, supported: bool) -> None:
    assert cited(sentence, source).supported is supported


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        (
            "Where memory is scarce on the card, students may still go slowly on with gradient checkpointing.",
            ["gradient checkpointing"],
        ),
        (
            "Where memory is scarce on the card, students find ways to go slowly on, perhaps with gradient checkpointing.",
            [],  # two of eleven words are the item's, nearly all others are the line's above it
        ),
    ],
)
def test_the_line_above_a_list_helps_an_item_that_holds_some_of_it_itself(sentence: str, quotes: list[str]) -> None:
    listed = "Ways to go on where memory is scarce on a card:\n\n- buy a larger one\n- gradient checkpointing\n"
    assert [evidence.quote for evidence in cited(sentence, listed).evidence] == quotes


@pytest.mark.parametrize(
    ("ending", "sentences"),
    [
        ("until the whole training stops.", 2),  # one word of eleven is the second's
        ("until the whole training stops at zero after three epochs.", 1),  # one of fourteen
    ],
)
def test_a_second_sentence_is_quoted_too_when_it_adds_enough(ending: str, sentences: int) -> None:
    warmup = "The learning rate of the whole run warms up linearly and then decays along a cosine."
    said = cited(
        f"The learning rate warms up linearly and then decays along a cosine {ending}", f"{warmup} Training ends."
    )
    assert [evidence.quote for evidence in said.evidence] == [
        f"{warmup} Training ends."[: None if sentences == 2 else len(warmup)]
    ]


WHOLE = "Weight decay slowly pulls all parameters towards zero while training goes on."
NEARLY = "Weight decay slowly pulls parameters towards zero while training lasts."


@pytest.mark.parametrize(
    ("sentence", "sources", "citations"),
    [
        # The other source lacks one word of nine, then one of eight.
        ("Weight decay slowly pulls parameters towards zero while training goes on.", (WHOLE, NEARLY), (1, 2)),
        ("Weight decay pulls parameters towards zero while training goes on.", (WHOLE, NEARLY), (1,)),
        # The model's mark puts a source first that holds all but one of eleven pairs, not one that lacks one of nine.
        ("低秩分解大幅减少训练参数。[2]", ("低秩分解大幅减少训练参数。", "低秩分解大幅减少了训练参数。"), (2, 1)),
        ("低秩矩阵减少训练参数。[2]", ("低秩矩阵减少训练参数。", "低秩矩阵减少了训练参数。"), (1, 2)),
        # Who says the same as three others adds nothing.
        (WHOLE, (WHOLE, NEARLY, WHOLE, WHOLE, WHOLE), (1, 3, 4)),
    ],
)
def test_sources_that_come_close_to_the_best_are_cited_beside_it(
    sentence: str, sources: Sequence[str], citations: tuple[int, ...]
) -> None:
    assert cited(sentence, *sources).citations == citations


FORGETTING = """Forgetting is eased by replay of some samples, limits on weight changes, and mixing of old data.

- Replay buffers keep samples of old tasks.
- Elastic limits slow down changes of important weights.
- Mixing puts old and new data into each batch.
"""
ITEMS = [line.removeprefix("- ") for line in FORGETTING.splitlines()[2:]]


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        (
            "Forgetting can be eased by replay of old samples, limits on changes of important weights, and mixing of data.",
            FORGETTING.splitlines()[:1],  # all but one of its words stand here
        ),
        (
            "One can replay samples of old tasks, limit changes of important weights, and mix old data with new in each batch.",
            ITEMS,
        ),
    ],
)
def test_an_enumeration_is_quoted_from_the_one_place_that_has_nearly_all_of_it(
    sentence: str, quotes: list[str]
) -> None:
    assert [evidence.quote for evidence in cited(sentence, FORGETTING).evidence] == quotes


LONGER = """- Linear interpolation of positions.
- Attention sinks that keep early tokens.
- A larger base of rotary angles.
- Continued training on long documents.
- Sliding windows of local attention.
"""
METRICS = "- 温度越低越确定。\n- 准确率最直观。\n- 采样前先截断。\n- 也有人测鲁棒性。\n- 惩罚出现过的词。\n- 多样性看词的重复。\n"


@pytest.mark.parametrize(
    ("sentence", "source", "supported"),
    [
        # Of five parts four are found and one is in other words; of five parts three are found and two are new.
        (
            "Linear interpolation of positions, a larger base of rotary angles, sliding windows of local attention, "
            "continued training on long documents, and sink positions which stay in the cache.",
            LONGER,
            True,
        ),
        (
            "Linear interpolation of positions, a larger base of rotary angles, sliding windows of local attention, "
            "recurrent compressed summaries, and retrieval from external memory.",
            LONGER,
            False,
        ),
        # Of three parts all are found, or one is new.
        (
            "Linear interpolation of positions, a larger base of rotary angles, and windows of local attention.",
            LONGER,
            True,
        ),
        ("Linear interpolation of positions, a larger base of rotary angles, and compressed summaries.", LONGER, False),
        # Two parts out of two places are no enumeration.
        ("Linear interpolation of positions, and continued training on long documents.", LONGER, False),
        # A part is found where its item has four words of five, not where it has two of three.
        (
            "Interpolation of positions, larger base of many rotary angles, and sliding windows of attention.",
            LONGER,
            True,
        ),
        ("Interpolation of positions, a larger base of numbers, and sliding windows of attention.", LONGER, False),
        # A part of three characters names something; single words stand anywhere.
        ("准确率、鲁棒性、多样性。", METRICS, True),
        ("温度、采样、惩罚。", METRICS, False),
    ],
)
def test_an_enumeration_out_of_several_items(sentence: str, source: str, supported: bool) -> None:
    assert cited(sentence, source).supported is supported


# Cosines of the default embedding model.
COSINES = [
    # The same in other words, in one language: about half of the words are shared, and the embedding decides.
    ("检索器先找出候选段落，再交给重排模型打分。", "先由检索器召回候选，重排模型再给每一段打分。", 0.901, True),
    ("Dropped activations are computed again during the backward pass.", "Activations are kept for the backward pass.", 0.855, False),
    # Where fewer words are shared it does not: it finds that near which is only about the same things.
    ("显存紧张时，可以把优化器的状态放到内存里。", "优化器的状态和梯度都放在显存里。", 0.839, False),
    # English over Chinese notes.
    ("Position embeddings tell the model where each token stands in the sequence.", "位置编码告诉模型每个词元在序列中的位置。", 0.733, True),
    ("Attention lets each token look at all the others.", "位置编码告诉模型每个词元的位置。", 0.568, False),
    # Chinese over English notes.
    ("推理引擎 vLLM 用 PagedAttention 管理 KV cache。", "vLLM manages KV cache with PagedAttention", 0.900, True),
    ("注意力机制让每个词元都能看到其他词元。", "Position embeddings tell the model where each token stands.", 0.557, False),
    # A scrap of a few words is near to much, and states nothing.
    ("Knowledge distillation trains a student model.", "知识蒸馏训练学生模型。", 0.810, True),
    ("Knowledge distillation trains a student model.", "知识蒸馏的学生模型", 0.788, False),
    ("推理引擎 vLLM 用 PagedAttention 管理 KV cache。", "vLLM: PagedAttention for KV cache", 0.893, False),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "source", "cosine", "supported"), COSINES)
def test_where_words_do_not_tell_the_meaning_does(sentence: str, source: str, cosine: float, supported: bool) -> None:
    assert cited(sentence, source).supported is False
    assert cited(sentence, source, similarity=lambda _, texts: [cosine] * len(texts)).supported is supported


def test_where_few_words_are_shared_a_near_source_is_not_enough() -> None:
    sentence, source = "显存紧张时，可以把优化器的状态放到内存里。", "优化器的状态和梯度都放在显存里。"
    assert cited(sentence, source, similarity=lambda _, texts: [0.96] * len(texts)).supported is False


def test_six_english_words_are_prose_that_a_chinese_sentence_may_be_held_by() -> None:
    sentence, source = "推理引擎 vLLM 用 PagedAttention 管理 KV cache。", "vLLM manages KV cache with PagedAttention"
    assert cited(sentence, source, similarity=lambda _, texts: [0.8] * len(texts)).supported is True


def test_these_cosines_are_the_models(embeddings: NoteEmbeddings) -> None:
    meaning = Meaning(embeddings.encode_passages)
    for sentence, source, cosine, _ in COSINES:
        assert meaning.similarity(sentence, [source]) == pytest.approx([cosine], abs=0.001)


@pytest.mark.parametrize(("place", "found"), [(21, True), (27, False)])
def test_of_a_long_source_in_another_language_the_first_sentences_are_embedded(place: int, found: bool) -> None:
    lines = [f"第 {n} 行讲的是与此无关的另外一件事情。" for n in range(1, 60)]
    lines[place - 1] = "注意力机制让每个词元都能看到其他所有词元。"
    said = cited(
        "Attention lets each token look at all the others.",
        "\n\n".join(lines),
        similarity=lambda _, texts: [0.9 if "注意力" in text else 0.5 for text in texts],
    )
    assert said.supported is found


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("笔记里关于显存大小的部分没有写明数字。", True),
        ("资料里画的那种仅解码器结构没有包含交叉注意力。", False),
        ("混合专家模型在推理阶段究竟怎样把词元分配给各个专家没有说明。", True),
        ("论文作者在训练完这个模型之后公开的全部权重和配套的代码里面唯独没有给出训练数据。", False),
        ("没有找到与这个问题直接相关的任何内容或者数字。", True),
        ("模型没有给出答案时系统会把最接近的几个小节列在下面供人查看。", False),
        ("The sources about attention do not say why.", True),
        ("Text encoders of this kind never name a class.", False),
        ("There is no explanation of the method in the notes.", True),
        ("Not the count of heads but the width is given.", False),
    ],
)
def test_the_notes_say_nothing_or_something_in_them_lacks_something(text: str, nothing: bool) -> None:
    assert says_nothing(text) is nothing
