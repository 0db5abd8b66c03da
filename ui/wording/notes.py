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
    "drop_files": ("把文件放进笔记文件夹", "Drop files into the notes folder"),
    "adding_files": ("正在放进去…", "Putting them in…"),
    "file_added": ("{path} 已在笔记文件夹里。", "{path} is in the notes folder."),
    "file_left": ("{name} 没有放进去：{why}", "{name} was not put in: {why}"),
}
