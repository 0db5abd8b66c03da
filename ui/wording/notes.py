"""The words of the notes folder, and of what stands beside a note."""

from ingest.messages import Entries

NOTES: Entries = {
    "choose_folder": ("换一个笔记文件夹", "Use another notes folder"),
    "use_folder": ("用这个文件夹", "Use this folder"),
    "folder_hint": (
        "这台电脑上的完整路径，开头可以用 ~；写进 notes.toml。",
        "The whole path on this machine, which may begin with ~; it is written to notes.toml.",
    ),
    "folder_then": (
        "文件夹里的文件不会被改动。换了以后先看看“更新索引”会做什么，再更新。",
        "The files in it are not touched. Then see what *Update the index* would do, and press it.",
    ),
    "vault": ("笔记库", "Vault"),
    "vault_add": ("添加一个笔记文件夹", "Add a folder of notes"),
    "vault_hint": (
        "这台电脑上的完整路径，开头可以用 ~。",
        "The whole path on this machine, which may begin with ~.",
    ),
    "vault_then": (
        "它会有自己的索引、对话和设置；文件夹里的文件不会被改动。",
        "It gets an index, conversations and settings of its own; the files in it are not touched.",
    ),
    "drop_files": ("把文件拖到这里，放进笔记文件夹", "Drop files here, into the notes folder"),
    "drop_kinds": ("{kinds}；每个最多 {limit} MB。", "{kinds}; at most {limit} MB each."),
    "adding_files": ("正在放进去…", "Putting them in…"),
    "file_added": ("{path} 已在笔记文件夹里。", "{path} is in the notes folder."),
    "file_left": ("{name} 没有放进去：{why}", "{name} was not put in: {why}"),
    "ask_instead": ("把它当问题问", "Ask it as a question"),
    "not_supported": ("（笔记里没有依据）", "(not in the notes)"),
    # around an answer
    "graph": ("来源周围的笔记", "Notes around these sources"),
    "graph_caption": (
        "引用的笔记和它们周围的：实线是笔记里的链接，虚线是意思相近（按语义向量）。点一下就打开。",
        "The notes that are cited and those around them: a solid line is a link in a note, a dashed one joins notes "
        "that are near in meaning (by their vectors). A click opens a note.",
    ),
    "graph_links_to": ("链接到 {n}", "links to {n}"),
    "graph_linked_from": ("来自 {n} 的链接", "linked from {n}"),
    "graph_near": ("与 {n} 相近", "near to {n}"),
    "graph_more": ("另外还有 {n} 篇有链接的笔记。", "{n} more notes are linked."),
    # beside a note
    "related": ("相关小节", "Related sections"),
    "related_to": ("与“{heading}”相近", "Near to “{heading}”"),
    "compare": ("比较", "Compare"),
    "compare_page": ("比较两篇笔记", "Compare two notes"),
    "compare_hint": (
        "选两篇笔记：左右并排的是讲同一件事的小节（按语义向量，不用模型）；下面是只在其中一篇里的。",
        "Choose two notes. Sections that say something of the same stand side by side (by their vectors, without a model); "
        "below is what stands in one only.",
    ),
    "compare_one": ("一篇", "One note"),
    "compare_other": ("另一篇", "The other note"),
    "compared": (
        "{pairs} 个小节在另一篇里有对应；只在左边：{one}，只在右边：{other}。",
        "Sections with a counterpart: {pairs}; only in the first note: {one}, only in the second: {other}.",
    ),
    "only_in": ("只在《{title}》里", "Only in {title}"),
    "nothing_only": ("没有。", "Nothing."),
    "no_pairs": ("没有讲同一件事的小节。", "No section of one says something of the same as one of the other."),
}
