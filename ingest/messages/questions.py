"""What can be wrong with a question, with where it is asked, or with what is kept of answers; the words of a report on questions."""

from ingest.messages.catalogue import Entries

QUESTIONS: Entries = {
    "scope.pattern": (
        "通配符写得不对（{reason}）；请写文件夹、笔记、通配符或 #标签。",
        "The pattern is wrong ({reason}); name a folder, a note, a glob or a #tag.",
    ),
    "scope.no_note": (
        "没有笔记符合 {patterns}；请写索引里有的文件夹、笔记、通配符或 #标签。",
        "No note matches {patterns}; name a folder, a note, a glob or a #tag of the index.",
    ),
    "scope.no_text": (
        "符合 {patterns} 的笔记里没有文字；请换别的。",
        "The notes that match {patterns} hold no text; name others.",
    ),
    "place.no_note": (
        "索引里没有笔记 {path}；请写 `python -m ingest --dry-run` 列出的笔记，或更新索引。",
        "The index holds no note {path}; name one as `python -m ingest --dry-run` lists it, or rebuild.",
    ),
    "place.no_section": (
        "{path} 里没有含第 {line} 行文字的小节；请写它有文字的一行。",
        "No section of {path} with text holds line {line}; name a line of its text.",
    ),
    "place.no_section_id": (
        "索引里没有小节 {section}，笔记可能改过；请再搜索一次。",
        "The index holds no section {section}, its note may have been edited; search again.",
    ),
    # files that a person gives
    "questions.unreadable": (
        "问题文件 {file} 读不了（{reason}）；请写一个已有的文件。",
        "The question file {file} cannot be read ({reason}); name an existing file.",
    ),
    "questions.no_question": (
        '{file}:{line} 不是问题（{reason}）；每行应是 {{"id", "question", …}}。',
        '{file}:{line} is no question ({reason}); a line is {{"id", "question", …}}.',
    ),
    "questions.no_answer": (
        "{file}:{line} 不是存下的回答（{reason}）；请把这个文件移走。",
        "{file}:{line} is no kept answer ({reason}); move the file away.",
    ),
    "questions.history_unreadable": (
        "对话文件 {file} 读不了（{reason}）；请写一个已有的文件。",
        "The history file {file} cannot be read ({reason}); name an existing file.",
    ),
    "questions.no_history": (
        '{file} 不是对话；它应是 [{{"role": "user", "content": "…"}}, …]。',
        '{file} is no history; it looks like [{{"role": "user", "content": "…"}}, …].',
    ),
    # what is kept
    "history.unusable": (
        "{file} 里的对话用不了（{reason}）；请检查磁盘和文件的权限，或把文件移走、从头开始。",
        "The conversations in {file} cannot be used ({reason}); check the disk and the file's rights, or move the file "
        "away to start anew.",
    ),
    "history.newer": (
        "{file} 的格式版本是 {form}，由更新版本的程序写入，而本程序只认识到版本 {newest}；请更新程序，或把文件移走、从头开始。",
        "{file} is of form {form}, written by a newer version of this program, which knows forms up to {newest}; update "
        "the program, or move the file away to start anew.",
    ),
    "history.not_taken_over": (
        "早期版本存在 {file} 里的内容接不过来（{reason}）；请检查磁盘和文件的权限，或把文件移走后继续。",
        "What an earlier version kept in {file} cannot be taken over ({reason}); check the disk and the file's rights, or "
        "move the file away to go on without it.",
    ),
}

REPORT: Entries = {
    "report.not_kept": (
        "{file} 不是评测报告旁边存下的 .json（{reason}）；请写以前用 --report 得到的那一个。",
        "{file} is not the .json kept beside a report ({reason}); name one that --report wrote.",
    ),
    "eval.no_figures": (
        "{file} 不是上次评测存下的数字（{reason}）；请把这个文件移走，再运行一次。",
        "{file} does not hold the figures of the last run ({reason}); move the file away and run again.",
    ),
    "report.unwritable": (
        "{file} 写不了（{reason}）；请检查路径和权限。",
        "{file} cannot be written ({reason}); check its path and rights.",
    ),
    "report.written": (
        "报告是 {file}；{kept} 供以后用 --against 比较。",
        "The report is {file}; {kept} keeps it for a later --against.",
    ),
    "report.answers_written": ("报告是 {file}。", "The report is {file}."),
    "report.exported": ("已导出：{files}", "Exported: {files}"),
    "report.title": ("检索评测：{title}", "How search does on {title}"),
    "report.below": (
        "{at}；{n} 个问题有标准答案，另有 {without} 个没有，不计入。",
        "{at}; {n} questions with gold passages; {without} without any are not counted.",
    ),
    "report.no_gold": (
        "没有一个问题带标准答案：给回答点赞，或在问题里写上 gold。",
        "No question has gold passages: give good answers a thumbs up, or write gold into the questions.",
    ),
    "report.settings": ("设置", "Settings"),
    "report.setting": ("设置项", "setting"),
    "report.value": ("值", "value"),
    "report.same_settings": ("两次的设置相同。", "Both runs had the same settings."),
    "report.now": ("这一次", "this run"),
    "report.earlier": ("上一次", "earlier run"),
    "report.named_earlier": ("{name}（上一次）", "{name}, earlier"),
    "report.bm25": ("按字词（BM25）", "by words (BM25)"),
    "report.dense": ("按意思（向量）", "by meaning (dense)"),
    "report.hybrid": ("合并", "joined"),
    "report.retriever": ("排名", "ranking"),
    "report.question": ("问题", "question"),
    "report.questions": ("问题数", "questions"),
    "report.kind": ("类型", "kind"),
    "report.recall": ("召回率随 k 的变化", "Recall by k"),
    "report.recall_means": (
        "前 k 个段落里有一个能回答问题的，占问题的多少。",
        "The share of questions of which one of the first k passages holds the answer.",
    ),
    "report.difference": (
        "与上一次之差，只算两次都有的问题；括号里是 95% 区间（配对自助法）。",
        "The difference to the earlier run over the questions of both, with its 95% interval (paired bootstrap).",
    ),
    "report.by_kind": ("合并排名按问题类型，{metric}", "The joined ranking by kind of question, {metric}"),
    "report.moved": ("名次变了的问题", "Questions whose answer moved"),
    "report.moved_means": (
        "共 {n} 个，列出 {shown} 个，退步最多的在前，进步最多的在后。",
        "{n} in all, {shown} shown: those that lost most first, those that gained most last.",
    ),
    "report.not_found": ("前 {depth} 名之外", "not in {depth}"),
    "report.worst": ("最差的问题", "Worst questions"),
    "report.worst_means": (
        "答案没有排在第一的问题，最差的在前；点开可看原文。",
        "Those whose answer does not come first, the worst on top. A click opens the text.",
    ),
    "report.all_first": ("每个问题的答案都排在第一。", "Of each question the answer comes first."),
    "report.wanted": ("答案所在的小节：", "The answer stands in:"),
    "report.no_section": (
        "索引里已经没有这段答案：笔记可能改过，请改这个问题的 gold。",
        "The index no longer holds the gold passage: its note may have been edited; mend the question's gold.",
    ),
    "report.before": ("排在它前面的：", "What stood before it:"),
    "report.answers_title": ("回答评测：{title}", "How answers do on {title}"),
    "report.answers_below": ("{at}；{n} 个问题", "{at}; {n} questions"),
    "report.figures": ("各项指标", "Figures"),
    "report.figure": ("指标（均值与 95% 区间）", "figure (mean, 95% interval)"),
    "report.figure.facts": ("写出的事实", "facts written"),
    "report.figure.facts_quoted": ("摘录里的事实", "facts quoted"),
    "report.figure.precision": ("引用的正确率", "citation precision"),
    "report.figure.recall": ("有引用的句子", "citation recall"),
    "report.figure.refused": ("笔记没有的，说了没有", "unanswerable refused"),
    "report.figure.false_refusal": ("笔记有的，却说没有", "answerable refused"),
    "report.figure.tokens": ("回答的 token 数", "tokens of the answer"),
    "report.figure.first_token": ("到第一个字的秒数", "seconds to the first token"),
    "report.figure.seconds": ("总秒数", "seconds in all"),
    "report.answers_by_kind": ("回答按问题类型", "Answers by kind of question"),
    "report.goodness_means": (
        "写出的事实、引用的正确率、有引用的句子、该拒绝时的拒绝，取其均值；误拒记 0。",
        "The mean of facts written, citation precision, citation recall and right refusals; 0 for an answer wrongly refused.",
    ),
    "report.answers_worst_means": (
        "指标均值最低的在前；下面是给出的回答和它的来源。",
        "Those with the lowest mean first, with the answer that was given and its sources.",
    ),
    "report.answers_all_good": ("没有一个回答有缺失。", "No answer lacks anything."),
}
