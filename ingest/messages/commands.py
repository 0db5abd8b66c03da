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
    "stage.storing": ("存入 Milvus", "storing"),
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
    "mark.raised": ("因你的标记而上升", "raised by your mark"),
    "mark.lowered": ("因你的标记而下降", "lowered by your mark"),
    "mark.unknown": ("没有第 {number} 个标记；共有 {count} 个。", "There is no mark {number}; there are {count}."),
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

# What commands and options are for, as `--help` tells it; `help.COMMAND.OPTION` are those of `asknotes` alone.
HELP: Entries = {
    "help.rag": ("向你的笔记提问。", "Ask questions of your notes."),
    "help.search": ("与问题相符的段落，最好的在前", "the passages that fit a question, best first"),
    "help.k": ("要多少个段落（默认 10；用 --batch 时 50）", "how many passages (10; 50 with --batch)"),
    "help.retriever": ("只用一种排名（hybrid 是合并后的）", "one ranking alone (hybrid: joined)"),
    "help.explain": ("每个段落为什么在这里：名次、得分、命中的词", "why each passage is there: ranks, scores, terms"),
    "help.why": (
        "某篇笔记（或某一行所在的小节）排在哪里，为什么没有进来",
        "where a note, or its section at a line, stood, and what cut it",
    ),
    "help.ask": ("给出回答，引用逐句核对过", "a written answer with checked citations"),
    "help.history": (
        '前面的对话，JSON：`[{{"role", "content"}}, …]`',
        'earlier turns, JSON: [{{"role", "content"}}, …]',
    ),
    "help.check": ("把自己的一段文字逐句与笔记对照", "a text of your own, sentence by sentence, against the notes"),
    "help.check_text": ("要检查的文字，- 表示标准输入；或者用 --batch", "the text, - for standard input; or --batch"),
    "help.index_folder": ("索引文件夹", "the index folder"),
    "help.check_batch": (
        'JSON 行 `{{"id", "text", "question"?}}`；每行对应一行输出',
        'JSON lines {{"id", "text", "question"?}}; one line each out',
    ),
    "help.json": ("输出 JSON 行，不输出文字", "JSON lines instead of text"),
    "help.eval": ("在问题集上测检索指标，或测完整的回答", "retrieval figures on question sets, or whole answers"),
    "help.gaps": (
        "笔记没有回答的问题，以及现在已能回答的",
        "questions that the notes did not answer, and those they answer by now",
    ),
    "help.agent": (
        "接口上的模型先自己在笔记里一步步再查",
        "an endpoint's model looks further in the notes, step by step",
    ),
    "help.marks": (
        "改为列出对小节的标记，它们会移动小节的名次",
        "instead what they thought of sections, which moves them",
    ),
    "help.unmark": ("撤销 --marks 编号为 N 的标记", "take back the mark that --marks numbers N"),
    "help.feedback": (
        "读者对回答的评价，作为评测用的问题（JSON 行）",
        "what readers thought of answers, as evaluation questions (JSON lines)",
    ),
    "help.eval_files": ("带答案的问题", "questions with their answers"),
    "help.eval_feedback": ("把自己对回答的评价当作问题", "your own opinions of answers as questions"),
    "help.answers": ("问完整的产品；回答保存在 runs/ 里", "ask the whole product; answers are kept in runs/"),
    "help.report": ("写一个带图表和最差问题的网页", "write a page with plots and the worst questions"),
    "help.against": (
        "以前的一次运行：报告旁边的 .json，或用 --answers 时 runs/ 里存下的",
        "an earlier run: the .json beside its report, or with --answers what runs/ kept of it",
    ),
    "help.export": ("为 trec_eval 和 ranx 写出 qrels 与 runs", "write qrels and runs for trec_eval and ranx"),
    "help.read": ("打印 N 个有依据的句子供人阅读", "print N supported sentences to read"),
    "help.json_tables": ("输出 JSON 行，不输出表格", "JSON lines instead of tables"),
    "help.or_batch": ("或者用 --batch，二者取一", "or --batch, one of the two"),
    "help.batch": ("问题，每行一个 JSON", "questions, one JSON line each"),
    "help.only": (
        "只在这些笔记里找：文件夹 papers/、一篇笔记、.gitignore 式的通配符，或 '#标签'（可重复）",
        "search these notes alone: a folder papers/, a note, a glob as in .gitignore, or a '#tag' (repeatable)",
    ),
    "help.index": (
        "按笔记更新索引；只有改动过的才重新计算向量。",
        "Bring the index up to date with the notes; only what changed is embedded.",
    ),
    "help.corpus": ("笔记文件夹（设置项 'corpus'）", "the folder of notes (the setting 'corpus')"),
    "help.index_place": ("索引在哪里（设置项 'index'）", "where the index is (the setting 'index')"),
    "help.full": ("从头建立：每篇笔记都重新切分、重新计算向量", "build from nothing: split and embed every note again"),
    "help.dry_run": ("只说会做什么，什么也不写", "tell what would be done, and write nothing"),
    "help.watch": ("一直运行，笔记一改就更新", "stay, and build again whenever notes change"),
    "help.json_summary": ("把摘要打印成一行 JSON", "print the summary as one line of JSON"),
    # asknotes
    "help.usage": ("用法：", "Usage:"),
    "help.options": ("选项：", "Options:"),
    "help.commands": ("命令：", "Commands:"),
    "help.asknotes": (
        "向自己的笔记提问；回答里的每句话都注明出处。",
        "Ask questions of your own notes; every sentence of an answer is cited.",
    ),
    "help.asknotes.notes": (
        "笔记文件夹；不写时用当前文件夹里的项目，没有项目就用上次用的文件夹",
        "the folder of notes; else the project in the current folder, else the folder used last",
    ),
    "help.asknotes.version": ("显示版本号", "Show the version and exit."),
    "help.help": ("显示这段说明", "Show this message and exit."),
    "help.chat": (
        "更新索引并打开网页；写了 DIR 就用那个笔记文件夹。",
        "Bring the index up to date and open the page; with DIR of that folder of notes.",
    ),
    "help.chat.port": ("网页的端口（8501）", "the port of the page (8501)"),
    "help.mcp": (
        "让 AI 助手向笔记提问（Model Context Protocol）。",
        "Let assistants ask the notes (Model Context Protocol).",
    ),
    "help.mcp.http": ("在本机监听，不用标准输入输出", "listen on this machine instead of standard input and output"),
    "help.mcp.port": ("--http 的端口（8603）；0 表示任意", "for --http (8603); 0: any"),
    "help.mcp.token": (
        "要求的令牌（ASKNOTES_TOKEN；不写就用存下的）",
        "the token to ask for (ASKNOTES_TOKEN; else a kept one)",
    ),
    "help.serve": (
        "在本机通过 HTTP 回答，也可以当作 OpenAI 兼容的接口。",
        "Answer over HTTP, also as an OpenAI-compatible endpoint, on this machine.",
    ),
    "help.serve.port": ("端口（8602）；0 表示任意空闲的", "the port (8602); 0: any that is free"),
    "help.serve.token": (
        "要求的令牌（ASKNOTES_TOKEN；不写就用存下的）",
        "the token to ask for (ASKNOTES_TOKEN; else a kept one)",
    ),
    "help.token": (
        "打印 `serve` 和 `mcp --http` 要求的令牌；还没有就生成一个。",
        "Print the token that `serve` and `mcp --http` ask for; it is made when there is none.",
    ),
    "help.doctor": (
        "检查模型、索引、接口、磁盘和版本，并说该怎么办；有故障时退出状态为 1。",
        "Tell what is here of models, index, endpoint, disk and versions, and what to do; exit status 1 with a fault.",
    ),
    "help.doctor.as_json": ("输出 JSON 行，不输出文字", "JSON lines instead of text"),
    "help.completion": (
        '打印让 shell 补全命令的脚本：`eval "$(asknotes completion bash)"`。',
        'Print what makes a shell complete the commands: `eval "$(asknotes completion bash)"`.',
    ),
}
