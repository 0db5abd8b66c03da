"""What other programs, other machines and the command line are told: access, the servers, vaults, the doctor."""

from ingest.messages.catalogue import Entries

PROGRAMS: Entries = {
    "access.token": (
        "令牌太短或含空白；请给至少 {least} 个字母、数字或符号。",
        "The token is too short or holds blanks; give at least {least} letters, digits or signs.",
    ),
    "access.token_file": (
        "令牌文件 {file} 读写不了（{reason}）；请检查权限，或设置 ASKNOTES_TOKEN。",
        "The token file {file} cannot be read or written ({reason}); check its rights, or set ASKNOTES_TOKEN.",
    ),
    "access.host": (
        "只接受发往本机名字的请求；请用 127.0.0.1 或 localhost 访问。",
        "Only requests to this machine's own name are taken; ask 127.0.0.1 or localhost.",
    ),
    "access.refused": (
        "没有令牌或令牌不对；请在请求里加上 `Authorization: Bearer …`，令牌见 `asknotes token`。",
        "The token is missing or wrong; send `Authorization: Bearer …`, `asknotes token` shows it.",
    ),
    "extra.missing": (
        "没有安装 {package}；请运行 `python -m pip install {package}`（在源码目录里加上 `-c constraints.txt`）。",
        "{package} is not installed; run `python -m pip install {package}` (in a checkout with `-c constraints.txt`).",
    ),
    "serve.port": (
        "不能使用端口 {port}（{reason}）；请用 --port 换一个。",
        "Port {port} cannot be used ({reason}); name another one with --port.",
    ),
    "serve.listening": ("正在 {address} 等待请求；按 Ctrl-C 结束。", "Listening on {address}; Ctrl-C ends it."),
    "vault.no_folder": (
        "没有文件夹 {folder}；请写存放笔记的文件夹。",
        "There is no folder {folder}; name the folder that the notes are in.",
    ),
    "vault.not_kept": (
        "文件夹 {folder} 里写不了（{reason}）；请检查权限和磁盘空间。",
        "Nothing can be written in {folder} ({reason}); check its rights and the space on the disk.",
    ),
    "api.no_question": (
        "请求的最后一条消息不是用户的话；请把问题放在最后。",
        "The last message of the request is not the user's; put the question last.",
    ),
    # asknotes doctor
    "doctor.versions": (
        "AskNotes 版本 {version}，Python {python}，{system}",
        "AskNotes {version}, Python {python}, {system}",
    ),
    "doctor.settings": ("设置来自 {file}", "Settings are read from {file}"),
    "doctor.no_settings": ("没有设置文件 {file}，都用默认值", "There is no settings file {file}, so defaults hold"),
    "doctor.notes": ("笔记在 {folder}", "The notes are in {folder}"),
    "doctor.store": ("{store} 的 Milvus 里有这版索引（{name}）", "Milvus at {store} has this generation ({name})"),
    "doctor.index": (
        "索引完好：{notes} 篇笔记，{passages} 个段落，建于 {built}",
        "The index is whole: {notes} notes, {passages} passages, built {built}",
    ),
    "doctor.embeddings": ("向量模型：{name}", "Embedding model: {name}"),
    "doctor.embedding_endpoint": (
        "{where} 的向量模型 {name}（{dimension} 维）有回应，用时 {seconds:.1f} 秒",
        "The embedding model {name} at {where} answers with {dimension} numbers, in {seconds:.1f} s",
    ),
    "doctor.no_embeddings": (
        "缺少向量模型；请运行 `asknotes index`，它会先下载。",
        "The embedding model is missing; run `asknotes index`, which fetches it first.",
    ),
    "doctor.model": ("本机的语言模型已就绪", "The language model of this machine is here"),
    "doctor.no_model": (
        "缺少本机的语言模型，回答只引用笔记原文；请运行 `python -m ingest.models`，或设置 base_url 和 model。",
        "The local language model is missing, so answers only quote; run `python -m ingest.models`, or set base_url and model.",
    ),
    "doctor.no_model_wanted": ("不用语言模型（llm 为 none）", "No language model is wanted (llm is none)"),
    "doctor.endpoint": (
        "{where} 的 {name} 有回应，用时 {seconds:.1f} 秒",
        "{name} at {where} answers, in {seconds:.1f} s",
    ),
    "doctor.disk": ("{folder} 所在磁盘还有 {free:.1f} GB", "{free:.1f} GB are free on the disk of {folder}"),
    "doctor.full": (
        "{folder} 所在磁盘只剩 {free:.1f} GB；请腾出空间。",
        "Only {free:.1f} GB are free on the disk of {folder}; make room.",
    ),
    "doctor.extra": ("已安装 {packages}", "{packages} installed"),
    "access.password": ("密码", "Password"),
    "access.enter": ("进入", "Enter"),
    "access.wrong": ("密码不对。", "That is not the password."),
    "access.wait": ("试得太多了；请过 {seconds} 秒再试。", "Too many tries; wait {seconds} s."),
    "access.open": (
        "server.address 是 {address}，别的机器也能打开这个页面，却没有密码；请在 .streamlit/secrets.toml 里写 [access] password（见 SECURITY.md），或改回 127.0.0.1。",
        "server.address is {address}, where other machines can open the page, and there is no password: put [access] password into .streamlit/secrets.toml (see SECURITY.md), or go back to 127.0.0.1.",
    ),
    "access.clear": (
        "没有 TLS：密码和笔记会明文经过网络；请设置 server.sslCertFile，或放在有 TLS 的代理后面。",
        "There is no TLS: password and notes cross the network in the clear; set server.sslCertFile, or put a proxy with TLS before it.",
    ),
}
