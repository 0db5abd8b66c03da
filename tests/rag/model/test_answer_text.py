"""What of a model's text is passed on as its answer."""

import pytest

from rag.model.answer_text import AnswerText

CASES: dict[str, tuple[str, str]] = {
    "plain": ("缓存有三级。\n- 一级最快[1]。", "缓存有三级。\n- 一级最快[1]。"),
    "thinking": ("<think>用户问缓存。\n想一想</think>\n\n缓存有三级。", "缓存有三级。"),
    "thinking that never ends": ("<think>用户问缓存，", ""),
    "brackets": ("[THINK]hm[/THINK]Three levels.", "Three levels."),
    "blanks before": ("\n <thought>hm</thought> Three levels.", "Three levels."),
    "two wrappers": ("<think>嗯</think><answer>缓存有三级。</answer>", "缓存有三级。"),
    "a tag": ("<answer>\n缓存有三级[1]。\n</answer>\n", "缓存有三级[1]。\n\n"),
    "a fence": ("```markdown\n缓存有三级。\n```", "缓存有三级。\n"),
    "a fence around code": ("```md\n看：\n```sh\nls\n```\n完。\n```\n", "看：\n```sh\nls\n```\n完。\n"),
    "an end token": ("缓存有三级。<|im_end|>", "缓存有三级。"),
    "another turn": ("缓存有三级。<|im_end|>\n<|im_start|>user\n还有呢？", "缓存有三级。"),
    "wide token": ("缓存有三级。<｜end▁of▁sentence｜>", "缓存有三级。"),
    "a turn's end": ("Three levels.<end_of_turn>\n", "Three levels."),
    "s": ("Three levels.</s>", "Three levels."),
    "an echoed head": ("<|im_start|>assistant\n缓存有三级。", "缓存有三级。"),
    "a head of two tokens": ("<|start_header_id|>assistant<|end_header_id|>\n\n缓存有三级。", "缓存有三级。"),
    "channels": (
        "<|channel|>analysis<|message|>The user asks.<|end|><|start|>assistant<|channel|>final<|message|>三级。<|return|>",
        "三级。",
    ),
    "channels without an end": (
        "<|channel|>analysis<|message|>The user asks.<|channel|>final<|message|>三级。",
        "三级。",
    ),
    "channels without tokens": ("analysisThe user asks.assistantfinalThree levels.", "Three levels."),
    "a word that a channel is called": ("analysisResults are in the note.", "analysisResults are in the note."),
    "code about tokens": ("用 `<|im_end|>` 结尾。", "用 `<|im_end|>` 结尾。"),
    "a block about tokens": ("例：\n```\n<|im_start|>user\n```\n完。", "例：\n```\n<|im_start|>user\n```\n完。"),
    "an answer about thinking": ("它在 <think> 与 </think> 之间推理。", "它在 <think> 与 </think> 之间推理。"),
    "less than": ("若 a < b，则 a<c。", "若 a < b，则 a<c。"),
    "an example in markdown": ("例：\n```markdown\n# 题\n```\n完。", "例：\n```markdown\n# 题\n```\n完。"),
    "html": ("<b>三级</b>。", "<b>三级</b>。"),
}


@pytest.mark.parametrize("text, expected", CASES.values(), ids=CASES)
def test_only_the_answer_is_passed_on_however_it_is_cut(text: str, expected: str) -> None:
    for size in (len(text), 7, 3, 1):
        answer = AnswerText()
        passed = "".join(answer.feed(text[at : at + size]) for at in range(0, len(text), size))
        assert passed + answer.finish() == expected, size
        assert answer.restarts == 0


@pytest.mark.parametrize("size", [1, 5, 99])
def test_thinking_that_only_ends_makes_the_answer_start_again(size: int) -> None:
    text = "用户问缓存。\n</think>\n\n缓存有三级。"
    answer, passed = AnswerText(), ""
    for at in range(0, len(text), size):
        restarts = answer.restarts
        piece = answer.feed(text[at : at + size])
        passed = piece if answer.restarts > restarts else passed + piece
    assert passed + answer.finish() == "缓存有三级。" and answer.restarts == 1 and answer.thought


def test_what_a_model_is_known_to_think_first_is_never_passed_on() -> None:
    for text, expected in (("用户问。\n</think>\n三级。", "三级。"), ("这次没有想，三级。", "这次没有想，三级。")):
        answer = AnswerText(thinks_first=True)
        assert "".join(answer.feed(char) for char in text) + answer.finish() == expected and answer.restarts == 0


def test_whether_it_thought_is_told() -> None:
    for text, thought in (("<think>嗯</think>三级。", True), ("三级。", False), ("<think></think>三级。", False)):
        answer = AnswerText()
        answer.feed(text)
        answer.finish()
        assert answer.thought is thought
