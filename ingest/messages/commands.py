"""What the commands print: reports of a build, hits and answers as text."""

from ingest.messages.catalogue import Entries

COMMANDS: Entries = {
    # python -m ingest
    "build.are": ("索引里有 {counts}；{work}。", "{counts} are in the index; {work}."),
    "build.would_be": ("更新后索引里会有 {counts}；{work}。", "{counts} would be in the index; {work}."),
    "build.counts": (
        "{notes} 篇笔记、{sections} 个小节、{passages} 个段落",
        "{notes} notes, {sections} sections, {passages} passages",
    ),
    "build.work": (
        "计算向量 {embedded} 个，沿用 {reused} 个，用时 {seconds:.1f} 秒",
        "{embedded} embedded, {reused} reused, {seconds:.1f} s",
    ),
    "build.unchanged": ("没有改动。", "Nothing has changed."),
    "build.empty": ("没有内容可索引：文件夹里没有文字。", "Nothing is indexed: the folder holds no text."),
    "build.added": ("新增 {n}：", "{n} added:"),
    "build.changed": ("改动 {n}：", "{n} changed:"),
    "build.renamed": ("移动 {n}：", "{n} renamed:"),
    "build.removed": ("删除 {n}：", "{n} removed:"),
    "build.stale": ("读不了、沿用以前文字的 {n}：", "{n} stale (earlier text is kept):"),
    "build.edited": ("更新期间又有改动（请再运行一次）{n}：", "{n} edited meanwhile (run it again):"),
    "build.skipped": ("跳过 {n}：", "{n} skipped:"),
    "build.more": ("… 另有 {n} 个", "… and {n} more"),
    "build.watching": ("正在留意 {folder} 的改动；按 Ctrl-C 结束。", "Watching {folder}; Ctrl-C ends it."),
    "build.interrupted": (
        "已停止；索引和上一次更新完成时一样。",
        "stopped; the index is as the last finished build left it.",
    ),
    "stage.starting": ("开始", "starting"),
    "stage.reading": ("读笔记", "reading"),
    "stage.embedding": ("计算向量", "embedding"),
    "stage.writing": ("写入索引", "writing"),
    "stage.done_of": ("{stage}：{total} 个中的 {done} 个", "{stage} {done} of {total}"),
    # python -m rag search
    "hits.none": (
        "笔记里没有找到；请换个说法，或添加笔记后运行 `python -m ingest`。",
        "Nothing in the notes matches; ask in other words, or add notes and run `python -m ingest`.",
    ),
    "search.instead": (
        "笔记里没有「{typed}」，按「{meant}」查找",
        "searched for “{meant}” instead of “{typed}”, which no note holds",
    ),
    "hits.matched": ("命中的词：{terms}", "matched: {terms}"),
    "hits.also_at": ("同样的文字还在 {place}", "also at {place}"),
    "hits.best": ("最相关的一句：{sentence}", "best sentence: {sentence}"),
    "hits.rank": ("{retriever}：第 {rank} 名，得分 {score:.3f}", "{retriever}: rank {rank}, score {score:.3f}"),
    "hits.share": (
        "{retriever}：第 {rank} 名，得分 {score:.3f}，占比 {share:.4f}",
        "{retriever}: rank {rank}, score {score:.3f}, share {share:.4f}",
    ),
    "cut.shown": ("在结果里，合并后第 {rank} 名", "among the hits, fused rank {rank}"),
    "cut.duplicate": (
        "结果里已有别处同样的文字代表它，合并后第 {rank} 名",
        "the same words stand in a hit that is shown in its place, fused rank {rank}",
    ),
    "cut.below": (
        "没有进入：合并后第 {rank} 名，只显示前 {k} 个",
        "cut: fused rank {rank}, and {k} are shown",
    ),
    "cut.outside": (
        "没有进入：两路检索都没排进前 {candidates} 名",
        "cut: among the first {candidates} of neither retriever",
    ),
    # python -m rag ask, gaps and eval
    "check.supported": ("✓ 笔记支持", "✓ in the notes"),
    "check.contradicted": ("✗ 与笔记相反", "✗ the notes say otherwise"),
    "check.unsupported": ("· 笔记里没有", "· not in the notes"),
    "texts.unreadable": (
        "文本 {file} 读不了（{reason}）；请检查路径和权限。",
        "The text {file} cannot be read ({reason}); check its path and rights.",
    ),
    "texts.too_large": (
        "文本 {file} 超过了 {limit} MB；请拆成几份。",
        "The text {file} is larger than {limit} MB; split it.",
    ),
    "texts.not_utf8": (
        "文本 {file} 不是 UTF-8；请另存为 UTF-8 再试。",
        "The text {file} is not UTF-8; save it as UTF-8 and try again.",
    ),
    "texts.no_text": (
        "{file} 第 {line} 行里没有要检查的 text（{reason}）；请改正后再试。",
        "Line {line} of {file} has no text to check ({reason}); mend it and try again.",
    ),
    "ask.sums_up": ("{model} 的归纳：", "Summed up by {model}:"),
    "ask.written_by": ("{model}，{seconds:.1f} 秒", "{model}, {seconds:.1f} s"),
    "gap.open": ("未答  {question}", "open    {question}"),
    "gap.closed": ("已答  {question}", "closed  {question}"),
    "gap.asked": ("（问过 {times} 次，最近一次 {last}）", "(asked {times}x, last {last})"),
    "gap.answered_by": ("现在由 {place} 回答", "answered by {place}"),
    "gap.nearest": ("最接近：{places}", "nearest: {places}"),
    "eval.kept": (
        "回答存在 {file} 里；中断后再运行一次就会接着做。",
        "Answers are kept in {file}; run again to go on after an interruption.",
    ),
}
