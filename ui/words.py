"""Every word of the page, in Chinese and English."""

from ingest.messages import Catalogue, Entries, Language
from ingest.schema import Place
from ui.wording.notes import NOTES
from ui.wording.settings import SETTINGS

_WORDS: Entries = {
    "title": ("AskNotes · 问笔记", "AskNotes"),
    "ask": ("向你的笔记提问…", "Ask your notes…"),
    "ask_more": ("继续追问…", "Ask a follow-up…"),
    "new_chat": ("新对话", "New chat"),
    "conversations": ("对话", "Conversations"),
    "search_conversations": ("搜索对话内容", "Search conversations"),
    "no_match": ("没有匹配的对话。", "No conversation matches."),
    "older": ("更早的对话", "Older ones"),
    "rename": ("重命名", "Rename"),
    "pin": ("置顶", "Pin"),
    "unpin": ("取消置顶", "Unpin"),
    "delete": ("删除", "Delete"),
    "deleted": ("已删除“{title}”。", "Deleted “{title}”."),
    "undo": ("撤销", "Undo"),
    "export": ("导出 Markdown", "Export as Markdown"),
    "more": ("更多操作", "More actions"),
    "save": ("保存", "Save"),
    "cancel": ("取消", "Cancel"),
    "close": ("关闭", "Close"),
    # an answer
    "searching": ("正在查找相关笔记…", "Searching your notes…"),
    "model_reads": ("模型正在阅读…", "The model is reading…"),
    "in_line": (
        "模型正在回答别人的问题，你排在第 {n} 位…",
        "The model is answering others; your place in line is {n}…",
    ),
    "finishing": ("正在整理…", "Putting it together…"),
    "nothing_found": ("没有找到相关的笔记。", "Nothing in the notes matches."),
    "writing": ("正在回答…", "Answering…"),
    "stopping": ("正在停止…", "Stopping…"),
    "seconds": ("{n} 秒", "{n} s"),
    "stop": ("停止", "Stop"),
    "again": ("重新回答", "Answer again"),
    "ask_again": ("再问一次", "Ask again"),
    "searched_for": ("按此查找：{question}", "Searched for: {question}"),
    "unfold": ("展开整节", "Show the whole section"),
    "fold": ("收起", "Show less"),
    "sums_up": ("{model} 的归纳", "Summed up by {model}"),
    "sum_up": ("用模型归纳", "Sum up with the model"),
    "write": ("用模型归纳", "Sum up with the model"),
    "write_auto": ("每次都归纳", "Always"),
    "write_ask": ("点按钮才归纳", "On a button"),
    "write_never": ("不归纳，只看原文", "Never, the notes alone"),
    "copy_markdown": ("复制（Markdown）", "Copy as Markdown"),
    "copy_plain": ("复制文字", "Copy as text"),
    "save_note": ("存为笔记", "Save as a note"),
    "note_saved": ("已存为 {path}；更新索引后可以查到。", "Saved as {path}; found when the index has been updated."),
    "edit_question": ("改问题", "Edit the question"),
    "ask_edited": ("重新提问", "Ask it again"),
    "follow": ("接着问", "Ask next"),
    "found_in": ("原文在 {n} 秒内找到", "Found in the notes in {n} s"),
    "model_took": ("问过 {model}，共 {n} 秒", "{model} was asked, {n} s in all"),
    "no_model": ("没有问模型", "No model was asked"),
    "differs": ("原文里没有这个数字", "The notes do not hold this figure"),
    "sources": ("来源", "Sources"),
    "sources_other": ("另外找到的 {n} 处", "{n} more that were found"),
    "lines": ("第 {first}–{last} 行", "lines {first}–{last}"),
    "line": ("第 {first} 行", "line {first}"),
    "pages": ("第 {first}–{last} 页", "pp. {first}–{last}"),
    "page": ("第 {first} 页", "p. {first}"),
    "cells": ("第 {first}–{last} 个单元格", "cells {first}–{last}"),
    "cell": ("第 {first} 个单元格", "cell {first}"),
    "rows": ("表格第 {first}–{last} 行", "rows {first}–{last}"),
    "row": ("表格第 {first} 行", "row {first}"),
    "unsupported": ("笔记里没有找到支持这句话的内容", "Nothing in the notes supports this sentence"),
    "unsupported_key": ("虚线：笔记里没有找到依据", "Dotted: not supported by the notes"),
    "incomplete": ("回答不完整：{why}", "The answer is incomplete: {why}"),
    "stopped": ("已停止；以上是停止前写出的部分。", "Stopped; this is what was written until then."),
    "refused": ("笔记里没有答案", "The notes do not say"),
    "by_model": ("由 {model} 回答", "Answered by {model}"),
    "by_extract": ("直接摘自笔记，没有使用模型", "Quoted from the notes; no model wrote this"),
    "took": ("用时 {n} 秒", "{n} s"),
    "reason": ("哪里不好？（可不填）", "What was wrong? (optional)"),
    "why": ("为什么是这些来源？", "Why these sources?"),
    "why_caption": (
        "关键词检索（BM25）和语义检索（向量）各排一次名，两者得分相加再排一次，三份名次合并；“占比”是各自的贡献。",
        "Keyword search (BM25) and meaning search (vectors) each rank the passages, and so does the sum of both "
        "scores; the three rankings are fused. “Share” is what each contributes.",
    ),
    "col_source": ("来源", "Source"),
    "col_passage": ("段落", "Passage"),
    "col_bm25": ("关键词", "Keywords"),
    "col_dense": ("语义", "Meaning"),
    "col_both": ("两者得分", "Both scores"),
    "col_share": ("占比", "Share"),
    "rank_score": ("第 {rank} 名 · {score}", "#{rank} · {score}"),
    "not_ranked": ("未进入", "not listed"),
    "terms": ("命中的词：{terms}", "Matched words: {terms}"),
    # the source pane
    "pane": ("来源", "Source"),
    "back": ("回到回答", "Back to the answer"),
    "previous": ("上一处引用", "Previous citation"),
    "next": ("下一处引用", "Next citation"),
    "outline": ("本篇目录", "Outline"),
    "copy_link": ("复制链接", "Copy link"),
    "copied": ("已复制", "Copied"),
    "open_obsidian": ("在 Obsidian 中打开", "Open in Obsidian"),
    "open_vscode": ("在 VS Code 中打开", "Open in VS Code"),
    "stale": (
        "这篇笔记在建立索引后有改动；这里显示的是索引时的内容。",
        "This note has changed since it was indexed; this is the note as it was indexed.",
    ),
    "gone": (
        "这个文件已不在笔记文件夹里；这里显示的是索引时的内容。",
        "This file is no longer in the notes folder; this is the note as it was indexed.",
    ),
    "show_now": ("看现在的内容", "Show it as it is now"),
    "show_indexed": ("看索引时的内容", "Show it as indexed"),
    "now_shown": ("这里显示的是文件现在的内容。", "This is the file as it is now."),
    "not_in_index": ("这篇笔记（{path}）不在现在的索引里。", "The note {path} is not in the index that is in use now."),
    # a text of one's own
    "check": ("检查我的文字", "Check my text"),
    "check_hint": ("贴一段自己的文字，逐句看笔记怎么说。", "Paste a text; see what the notes say of each sentence."),
    "check_run": ("逐句检查", "Check each sentence"),
    "check_empty": ("还没有可以检查的句子。", "There is no sentence to check yet."),
    "check_long": ("太长：{n} 字，最多 {most} 字。", "Too long: {n} characters, at most {most}."),
    "check_stopped": ("已停止；后面的句子没有检查。", "Stopped; the sentences after these were not checked."),
    "n_checked": ("{n} 句：{parts}", "{n} checked: {parts}"),
    "n_supported": ("{n} 句有依据", "{n} supported"),
    "n_contradicted": ("{n} 句与笔记相反", "{n} contradicted"),
    "n_unsupported": ("{n} 句没找到", "{n} not found"),
    "says_otherwise": ("笔记说的不一样", "The notes say otherwise"),
    "not_held": ("笔记里没找到", "Not found in the notes"),
    "stage_checking": ("正在逐句检查", "Checking the sentences"),
    # first visit and empty states
    "welcome": ("问问你的笔记", "Ask your notes"),
    "about": (
        "这里有 {notes} 篇笔记、{sections} 个小节。回答里的每句话都标出它来自哪一节，点编号就能看到原文。",
        "There are {notes} notes with {sections} sections here. Each sentence of an answer shows the section that it "
        "comes from; click its number to read it there.",
    ),
    "topics": ("主要内容", "What they are about"),
    "try": ("试试这些问题", "Try one of these"),
    "no_notes_title": ("文件夹里还没有笔记", "There are no notes in the folder yet"),
    "no_notes": (
        "把笔记（Markdown、文本、网页、Word、PDF 等）放进 {folder}，或拖到下面，然后点“建立索引”。",
        "Put notes (Markdown, text, HTML, Word, PDF …) into {folder}, or drop them below, then press “Build the index”.",
    ),
    "no_folder_title": ("找不到笔记文件夹", "The notes folder is not there"),
    "no_folder": (
        "找不到文件夹 {folder}；请在下面选你的笔记文件夹。",
        "The folder {folder} does not exist; choose the folder of your notes below.",
    ),
    "no_index_title": ("还没有索引", "There is no index yet"),
    "no_index": (
        "先读一遍笔记、建立索引，然后就可以提问。以后只处理改动过的笔记。",
        "The notes are read once to build an index; then you can ask. Later builds only read what has changed.",
    ),
    "bad_index_title": ("索引不能用", "The index cannot be used"),
    "notes_folder": ("笔记文件夹", "Notes folder"),
    # the index
    "index": ("笔记与索引", "Notes and index"),
    "index_facts": ("索引", "Index"),
    "build": ("建立索引", "Build the index"),
    "rebuild": ("更新索引", "Update the index"),
    "building": ("正在更新索引…", "Updating the index…"),
    "stage_reading": ("正在读笔记", "Reading notes"),
    "stage_embedding": ("正在计算向量", "Embedding passages"),
    "stage_writing": ("正在写入索引", "Writing the index"),
    "stage_model": ("正在准备模型", "Getting the model ready"),
    "built": ("索引已更新。", "The index is up to date."),
    "build_failed": ("索引没有更新：{why}", "The index was not updated: {why}"),
    "counts": (
        "{notes} 篇笔记 · {sections} 个小节 · {passages} 个段落",
        "{notes} notes · {sections} sections · {passages} passages",
    ),
    "built_at": ("建立于 {when}", "Built {when}"),
    "embedding_model": ("向量模型", "Embedding model"),
    "language_model": ("语言模型", "Language model"),
    "opening": ("正在打开索引（第一次使用要先取得模型）…", "Opening the index (at first use the model is fetched)…"),
    "no_language_model": ("无（只摘录原文）", "none (quotes only)"),
    "check_changes": ("再看一次", "Look again"),
    "changes": ("建立索引后的改动", "Changed since the index was built"),
    "unchanged": ("没有改动，索引是最新的。", "Nothing has changed; the index is up to date."),
    "stage_storing": ("正在存入 Milvus", "Storing in Milvus"),
    "stage_comparing": ("正在重查置顶的问题", "Searching pinned questions again"),
    "about_left": ("约剩 {time}", "about {time} left"),
    "embedded": ("计算向量 {n}，沿用 {reused}", "{n} embedded, {reused} reused"),
    "index_size": ("大小与位置", "Size and place"),
    "meanwhile": ("更新期间又有改动", "Edited meanwhile"),
    "watch": ("自动更新", "Update by itself"),
    "watch_help": ("笔记改动停下来后，自动更新索引。", "When edits have settled, the index is brought up to date."),
    "watching": ("自动更新已打开。", "Watching the notes."),
    "watched": ("{when} 自动更新：{what}", "Updated by itself at {when}: {what}"),
    "gaps_closed": ("以前没有答案的问题，现在有 {n} 个能回答了", "Questions that the notes answer by now: {n}"),
    "inferred": ("（推断的标题）", " (inferred heading)"),
    "impact": ("置顶的问题里，{n} 个引用的小节变了", "Pinned questions that cite other sections now: {n}"),
    "entered": ("新引用", "Entered"),
    "left": ("不再引用", "Left"),
    "would_do": ("更新后：{counts}；要计算 {n} 个段落的向量，", "After an update: {counts}; passages to embed: {n};"),
    "would_take": ("约需 {time}。", "about {time}."),
    "checking": ("正在比较…", "Comparing…"),
    "no_changes": ("建立索引后没有改动。", "Nothing has changed since the index was built."),
    "added": ("新增", "Added"),
    "edited": ("改动", "Edited"),
    "moved": ("移动", "Moved"),
    "removed": ("删除", "Removed"),
    "skipped": ("跳过", "Skipped"),
    # why not this section
    "why_not": ("为什么不是那一节？", "Why not another section?"),
    "why_not_note": ("笔记", "Note"),
    "why_not_section": ("小节", "Section"),
    "col_fused": ("合并名次", "Fused rank"),
    "col_cut": ("结果", "What became of it"),
    "no_word": ("没有共同的词", "no word in common"),
    "cut_source": ("已在来源里", "It is among the sources"),
    "cut_duplicate": ("同样的文字已由别处代表", "The same words stand for it from another place"),
    "cut_outside": ("两路检索都没排进前 {candidates} 名", "Among the first {candidates} of neither retriever"),
    "cut_passages": ("合并后排在前 {passages} 段之外", "Fused below the first {passages} passages"),
    "cut_sources": ("前面已有 {sources} 个小节", "Behind the {sources} sections that became sources"),
    # models that are not here yet
    "getting_model": ("正在取得向量模型", "Getting the embedding model"),
    "getting_embedding": (
        "第一次使用要下载一次（解开后 480 MB），以后都在本机运行。",
        "It is fetched once (480 MB unpacked); after that everything runs on this machine.",
    ),
    "stage_fetching": ("正在下载", "Downloading"),
    "stage_unpacking": ("正在解开", "Unpacking"),
    "try_again": ("再试一次", "Try again"),
    "get_language": ("下载本机语言模型（1.1 GB）", "Download the local language model (1.1 GB)"),
    # notes page and restriction
    "notes": ("笔记", "Notes"),
    "index_page": ("索引", "Index"),
    "search_notes": ("搜索标题、正文或 #标签", "Search titles, text or #tags"),
    "choose_note": ("从左边选一篇笔记，或在上面搜索。", "Choose a note from the list, or search."),
    "no_note_found": ("没有笔记同时含有这些词。", "No note holds all these words."),
    "notes_found": ("找到 {n} 篇", "Notes found: {n}"),
    "tags": ("标签", "Tags"),
    "ask_note": ("只问这篇", "Ask about this note"),
    "ask_folder": ("只问这个文件夹", "Ask about this folder"),
    "ask_tag": ("只问带这个标签的笔记", "Ask about the notes with this tag"),
    "close_note": ("关闭笔记", "Close the note"),
    "passages_shown": ("段落 {n}", "Passages {n}"),
    "passage_name": ("段落 {n} · {lines} · {chars} 字", "Passage {n} · {lines} · {chars} characters"),
    "kind_questions": ("只有题目，排在后面", "only questions, ranked down"),
    "kind_links": ("主要是链接，排在后面", "mostly links, ranked down"),
    "all_notes": ("全部笔记", "All notes"),
    "asked_in": ("范围：{only}", "Only in {only}"),
    "scope": ("只在这些笔记里找", "Search these notes only"),
    "scope_hint": (
        "选文件夹、笔记或 #标签；也可以输入与 .gitignore 相同的通配符，如 2024-*。",
        "Choose folders, notes or #tags, or type a pattern as in .gitignore, such as 2024-*.",
    ),
    "scope_placeholder": ("全部笔记", "All notes"),
    "scope_size": ("范围内有 {n} 篇笔记。", "Notes in this range: {n}."),
    "gone_conversation": (
        "找不到这个对话，可能已经删除。",
        "This conversation does not exist; it may have been deleted.",
    ),
    # old answers over new notes
    "reason_good": ("好在哪里？（可不填）", "What was good? (optional)"),
    "edit_search": ("改查找的问题", "Edit the search"),
    "edit_search_hint": (
        "这是实际查找用的问题（追问已补全）。改好后重新查找并回答。",
        "This is the question that was searched for, complete in itself. Edit it to search and answer again.",
    ),
    "search_again": ("重新查找并回答", "Search and answer again"),
    "ask_about": ("关于“{heading}”，笔记里是怎么说的？", "What do the notes say about “{heading}”?"),
    "open_system": ("用系统默认程序打开", "Open with the system’s program"),
    "fresh_unchanged": ("未变", "unchanged"),
    "fresh_edited": ("之后有改动", "edited since"),
    "fresh_moved": ("已移动", "moved"),
    "fresh_to": ("已移到 {path} {line}", "moved to {path}, {line}"),
    "fresh_gone": ("已不在笔记里", "gone from the notes"),
    "pane_edited": (
        "回答之后这一节有改动；标出的是还在的原话。",
        "This section has been edited since the answer; what is still there of the words is marked.",
    ),
    "pane_moved": (
        "回答之后这段文字移到了这里（原来在 {path}）。",
        "Since the answer these words have moved here (they were in {path}).",
    ),
    "pane_gone": (
        "这一节已不在笔记（{path}）里；这里是回答时引用的文字。",
        "This section is no longer in the notes ({path}); these are the words that the answer cited.",
    ),
}

WORDS = Catalogue(_WORDS, NOTES, SETTINGS)
_PLACES = {"line": ("line", "lines"), "page": ("page", "pages"), "cell": ("cell", "cells"), "row": ("row", "rows")}


class Words:
    """The page's words in one language: `words("lines", first=3, last=9)`."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, **values: object) -> str:
        """The words of `key` with `values` filled in; KeyError for a key that is not there."""
        return WORDS.told(key, self.language, values)

    def lines(self, first: int, last: int) -> str:
        """`lines 3–9`, or `line 3`."""
        return self.place(Place("line", first, last))

    def place(self, place: Place) -> str:
        """`lines 3–9`, `line 3`, `p. 3`, `cells 1–2`."""
        one, several = _PLACES[place.unit]
        return self(one if place.first == place.last else several, first=place.first, last=place.last)

    def seconds(self, seconds: float) -> str:
        """A duration, in whole seconds from 10 on."""
        return self("seconds", n=f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}")
