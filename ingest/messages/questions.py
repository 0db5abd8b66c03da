"""What can be wrong with a question, with where it is asked, or with what is kept of answers."""

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
