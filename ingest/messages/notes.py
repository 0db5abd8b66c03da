"""Why a file of the notes folder is not in the index, or not whole: said after its path."""

from ingest.messages.catalogue import Entries

NOTES: Entries = {
    # by rule
    "note.not_saved": ("{path} 没有保存：{reason}", "{path} could not be saved: {reason}"),
    "note.not_written": ("写不进去：{reason}", "could not be written: {reason}"),
    "note.other_kind": ("不是能读的文件；能读的有 {kinds}", "no kind of file that is read; those are {kinds}"),
    "note.folder_link": (
        "是指向文件夹的链接，没有跟进去（设置 follow_links）",
        "a link to a folder, which is not followed (the setting 'follow_links')",
    ),
    "note.folder_elsewhere": (
        "是指向文件夹的链接，那个文件夹已在别处读过",
        "a link to a folder that is read elsewhere",
    ),
    "note.link_out": (
        "是指向笔记文件夹之外的链接，没有跟过去（设置 follow_links）",
        "a link out of the folder, which is not followed (the setting 'follow_links')",
    ),
    "note.link_nowhere": ("是链接，指向的文件不存在", "a link that leads nowhere"),
    "note.not_regular": ("不是普通文件", "not a regular file"),
    "note.too_large": ("超过了 {limit} MB（设置 max_note_mb）", "larger than {limit} MB (the setting 'max_note_mb')"),
    "note.view": (
        "只是数据库的一个视图，全部内容在旁边的 …_all.csv 里",
        "one view of a database, all of which is in the file …_all.csv beside it",
    ),
    "note.joplin_item": (
        "是 Joplin 的笔记本、标签或附件的记录，不是笔记",
        "a record of a notebook, tag or attachment of Joplin's, no note",
    ),
    "note.joplin_locked": (
        "是加密的 Joplin 笔记；请解密后重新导出",
        "an encrypted note of Joplin's; decrypt it and export it again",
    ),
    # for now
    "note.folder_unreadable": (
        "文件夹读不了（{reason}）；请检查它的权限",
        "the folder cannot be read ({reason}); check its rights",
    ),
    "note.not_seen": ("无法查看（{reason}）；请检查它的权限", "cannot be looked at ({reason}); check its rights"),
    "note.unreadable": ("读不了（{reason}）；请检查它的权限", "cannot be read ({reason}); check its rights"),
    # bytes that are no text
    "note.not_as_marked": (
        "标明是 {encoding}，内容却不符合；请另存为 UTF-8",
        "marked as {encoding} but is not valid; save it as UTF-8",
    ),
    "note.nul_bytes": ("含有 NUL 字节，不是文本", "holds NUL bytes, so it is no text"),
    "note.nul": ("含有 NUL 字符，不是文本", "holds NUL characters, so it is no text"),
    "note.encoding": (
        "不是 UTF-8 或 {encodings} 编码的文本（可在设置 encodings 里添加其他编码）",
        "is not text in UTF-8 or {encodings} (the setting 'encodings' adds others)",
    ),
    # other formats
    "note.needs_package": (
        "需要软件包 {package}，还没有安装；请运行 `make formats`",
        "needs the package {package}, which is not installed; run `make formats`",
    ),
    "note.needs_ocr": (
        "识别图片里的文字需要软件包 {package}，还没有安装；请运行 `.venv/bin/python -m pip install -c constraints.txt -e '.[ocr]'`",
        "reading the text in pictures needs the package {package}, which is not installed; "
        "run `.venv/bin/python -m pip install -c constraints.txt -e '.[ocr]'`",
    ),
    "note.slow": ("读了 {seconds} 秒还没读完；请拆成几个文件", "takes longer than {seconds} s to read; split it"),
    "note.cpu": (
        "计算了 {seconds} 秒还没读完；请拆成几个文件",
        "takes more than {seconds} s of computing to read; split it",
    ),
    "note.memory": (
        "读它要用 {limit} MB 以上的内存；请拆成几个文件",
        "needs more than {limit} MB of memory to read; split it",
    ),
    "note.too_long": (
        "文字超过了 {limit} 个字符（设置 max_note_mb）",
        "holds more than {limit} characters (the setting 'max_note_mb')",
    ),
    "note.nested": ("嵌套太深，读不了；请另存一份简单的", "is nested too deeply to be read; save a simpler copy"),
    "note.no_process": (
        "现在读不了（无法启动读取它的程序：{reason}）；下次更新时再试",
        "cannot be read now (no process could be started: {reason}); the next build tries again",
    ),
    "note.crashed": (
        "使读取它的程序崩溃了（退出状态 {status}）；请打开它另存一份",
        "broke the program that reads it (exit status {status}); open it and save it again",
    ),
    "note.unforeseen": (
        "里面有读取程序没有料到的内容（{reason}）；请打开它另存一份",
        "holds what its reader did not foresee ({reason}); open it and save it again",
    ),
    "note.bomb": (
        "解开后文字超过 {limit} MB，没有文档需要这么多",
        "unpacks to more than {limit} MB of text, which no document needs",
    ),
    "note.docx": (
        "不是能读的 Word 文档，或者有保护；请另存为 .docx",
        "is no Word document that can be read, or is protected; save a copy as .docx",
    ),
    "note.enex": (
        "不是能读的 Evernote 导出文件；请重新导出为 .enex",
        "is no Evernote export that can be read; export it again as .enex",
    ),
    "note.epub": (
        "不是能读的 EPUB，或者有保护；请换一份没有保护的",
        "is no EPUB that can be read, or is protected; get a copy without protection",
    ),
    "note.pptx": (
        "不是能读的 PowerPoint 文档，或者有保护；请另存为 .pptx",
        "is no PowerPoint document that can be read, or is protected; save a copy as .pptx",
    ),
    "note.spreadsheet": (
        "不是能读的电子表格，或者有密码保护；请另存为没有密码的 .xlsx",
        "is no spreadsheet that can be read, or is protected; save a copy as .xlsx without a password",
    ),
    "note.table": (
        "不是能读的表格；请用电子表格软件另存为 .csv",
        "is no table that can be read; save it as .csv with a spreadsheet program",
    ),
    "note.roam": (
        "不是能读的 Roam 导出文件；请重新导出为 JSON",
        "is no Roam export that can be read; export it again as JSON",
    ),
    "note.canvas": (
        "不是能读的画布；请在 Obsidian 里打开再存一次",
        "is no canvas that can be read; open it in Obsidian and save it again",
    ),
    "note.picture": ("不是能读的图片，或者太大", "is no picture that can be read, or is too large"),
    "note.mhtml": (
        "不是能读的网页存档；请在浏览器里打开再存一次",
        "is no saved page that can be read; open it in a browser and save it again",
    ),
    "note.ipynb": (
        "不是能读的 Jupyter 笔记本；请打开它再存一次",
        "is no Jupyter notebook that can be read; open it and save it again",
    ),
    "note.pdf": ("不是能读的 PDF；请打开它再存一次", "is no PDF that can be read; open it and save it again"),
    "note.pdf_locked": (
        "有密码保护；请另存一份没有密码的",
        "is protected by a password; save a copy without one",
    ),
    "note.pdf_scan": (
        "只有图片，没有文字（扫描件）；请先用文字识别软件处理",
        "holds no text, only pictures (a scan); make it searchable with a text recognition program",
    ),
    # what of a note that was read is not in the index
    "note.lost_bytes": (
        "其中 {count} 个字节不是文字，显示为 �；请检查文件或另存为 UTF-8",
        "{count} bytes of it are no text and stand as �; check the file, or save it as UTF-8",
    ),
    "note.locked_parts": ("其中加密的部分没有编入索引", "its encrypted parts are not indexed"),
    "note.rows": (
        "表格太长，每张表只编入了前 {limit} 行",
        "only the first {limit} rows of a sheet are indexed",
    ),
    "note.rows_in_all": (
        "表格太多，全部工作表只编入了前 {limit} 行",
        "only the first {limit} rows of all sheets are indexed",
    ),
    "note.formulas": ("其中的公式没有编入索引", "its formulas are not indexed"),
    "note.empty_pages": ("没有文字的页没有编入索引（{pages}）", "pages without text are not indexed ({pages})"),
    # on the page
    "note.not_shown": ("{path} 现在无法显示：{reason}。", "{path} cannot be shown now: {reason}."),
    "note.not_compared": (
        "{path} 现在读不了（{reason}）；请检查这个文件的权限。",
        "{path} cannot be read now ({reason}); check the file's rights.",
    ),
}
