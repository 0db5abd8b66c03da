"""Write the tables of settings into docs/configure.md and docs/configure.zh.md, from ingest/config.py.

usage: python -m tools.write_settings_docs

Names, defaults and limits are the fields', the English words their comments; the Chinese ones stand here.
"""

import ast
import sys
from pathlib import Path

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from ingest import config

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {"en": DOCS / "configure.md", "zh": DOCS / "configure.zh.md"}
BEGIN, END = "<!-- settings: made by `make docs` -->\n", "<!-- end of settings -->"
HEADS = {"en": "| setting | default | what it is |", "zh": "| 设置项 | 默认值 | 含义 |"}
GROUPS: dict[type[BaseModel], tuple[str, str]] = {
    config.IndexSettings: ("Index", "索引"),
    config.SearchSettings: ("Search", "检索"),
    config.ModelSettings: ("Model", "模型"),
    config.PageSettings: ("Page", "页面"),
}
CHINESE = {
    "corpus": "笔记文件夹",
    "index": "索引所在（`python -m ingest` 写入）",
    "ignore": "除内置规则外还要忽略的，写法同 `.gitignore`",
    "follow_links": "跟随指向文件夹之外的符号链接",
    "picture_text": "也读图片里的文字；需要 `ocr` 一项附加包",
    "max_note_mb": "更大的笔记不读，并列出来",
    "encodings": "字节序标记和严格的 UTF-8 之后，先试这些编码",
    "passage_chars": "一个段落大约多少字",
    "embedding_model": "`default`、sentence-transformers 的名称、文件夹，或 `embedding_url` 那里的模型名",
    "embedding_url": "算向量的接口（兼容 OpenAI），如 `http://127.0.0.1:8080/v1`；空着就在本机算",
    "embedding_key": "它的密钥，只从环境变量 `ASKNOTES_EMBEDDING_KEY` 读",
    "embedding_prompts": "在那里是否加 `query: `、`passage: `；`auto`：名称是 E5 的才加",
    "bm25_k1": "同一个词再次出现还算多少",
    "bm25_b": "长段落扣多少分",
    "store": "索引之外另放一份的 Milvus（见 docs/scale.md）：`http://主机:19530`，或 Milvus Lite 的文件 `x.db`",
    "store_token": "只从环境变量 `ASKNOTES_STORE_TOKEN` 读，不写进文件",
    "candidates": "每路检索取多少名",
    "rrf_c": "倒数排名融合的常数；越大，名次靠前的优势越小",
    "bm25_weight": "融合时按字词的排名占多少",
    "dense_weight": "融合时按意思的排名占多少",
    "sources": "给模型和读者多少个小节",
    "reranker": "CrossEncoder 的名称或文件夹；空着就不用",
    "llm": "用哪个模型；`auto`：设了 `base_url` 或 `provider` 就用它，否则用本机的",
    "write": "在原文下面归纳：总是、按了按钮才写、从不",
    "local_model": "GGUF 文件；不设就用默认模型",
    "base_url": "任何兼容 OpenAI 的接口，如 `http://127.0.0.1:11434/v1`",
    "provider": "没有这种接口的，用服务商自己的软件包：anthropic、google_genai、ollama 等",
    "model": "模型在接口或服务商那里的名称",
    "api_key": "只从环境变量 `ASKNOTES_API_KEY` 读，不写进文件",
    "context_tokens": "本机模型的上下文长度",
    "source_tokens": "给本机模型的提示里原文占多少 token",
    "endpoint_source_tokens": "给接口的提示里原文占多少 token（接口读得快）",
    "answer_tokens": "回答最多多少 token",
    "temperature": "0：每次回答尽量相同",
    "requests_per_minute": "每分钟最多向接口请求几次；0 不限",
    "routing": "简单的问题给本机模型，难的给接口",
    "agent": "归纳之前，让接口上的模型自己在笔记里一步步再查",
    "agent_steps": "最多查几步",
    "agent_tokens": "所有步骤一共最多读写多少词元",
    "connect_seconds": "等接口接通的秒数",
    "first_token_seconds": "等它开始写的秒数",
    "between_tokens_seconds": "两段之间最多等的秒数",
    "data": "对话、反馈、未答问题；重建索引时保留",
    "language": "页面和报告的语言；`auto`：随浏览器，或随问题",
    "theme": "页面的明暗",
}


def comments() -> dict[str, str]:
    """What the source says behind each field."""
    source = Path(config.__file__).read_text(encoding="utf-8")
    lines = source.splitlines()
    return {
        node.target.id: lines[(node.end_lineno or node.lineno) - 1].partition("  # ")[2].strip()
        for group in ast.parse(source).body
        if isinstance(group, ast.ClassDef)
        for node in group.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def tables(language: str) -> str:
    """A heading and a table for each group."""
    said = comments() if language == "en" else CHINESE
    parts = []
    for group, names in GROUPS.items():
        rows = [
            f"| `{name}` | {_default(field)} | {_cell(said[name], field)} |"
            for name, field in group.model_fields.items()
        ]
        parts.append("\n".join([f"## {names[language == 'zh']}", "", HEADS[language], "| --- | --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value in (None, "", ()) or isinstance(value, SecretStr):
        return "–"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(said: str, field: FieldInfo) -> str:
    signs = (("ge", "≥"), ("gt", ">"), ("le", "≤"))
    limits = [f"{sign} {getattr(one, name)}" for one in field.metadata for name, sign in signs if hasattr(one, name)]
    choices = [f"`{one}`" for one in getattr(field.annotation, "__args__", ()) if isinstance(one, str)]
    notes = ", ".join(limits or choices)
    return f"{said} ({notes})" if notes else said


def filled(page: str, language: str) -> str:
    """A page with its tables as they are now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables(language)}\n{END}{after}"


def main() -> int:
    """Write both pages; returns the exit status."""
    for language, page in PAGES.items():
        page.write_text(filled(page.read_text(encoding="utf-8"), language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
