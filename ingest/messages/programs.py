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
        "server.address 是 {address}，别的机器也能打开这个页面，却没有密码，也没有登录；请在 .streamlit/secrets.toml 里写 [access] password 或 [auth]（见 SECURITY.md），或改回 127.0.0.1。",
        "server.address is {address}, where other machines can open the page, and there is no password and no sign-in: put [access] password or [auth] into .streamlit/secrets.toml (see SECURITY.md), or go back to 127.0.0.1.",
    ),
    "access.clear": (
        "没有 TLS：密码和笔记会明文经过网络；请设置 server.sslCertFile，或放在有 TLS 的代理后面。",
        "There is no TLS: password and notes cross the network in the clear; set server.sslCertFile, or put a proxy with TLS before it.",
    ),
    # who may open the page: .streamlit/secrets.toml
    "access.sign_in": ("登录", "Sign in"),
    "access.sign_out": ("退出登录", "Sign out"),
    "access.not_listed": (
        "{who} 不在这个页面的名单上，或邮箱未经验证；请联系页面的主人，或退出后换一个账号。",
        "{who} is not on the list of this page, or the address is not verified; ask the page's owner, or sign out and take another account.",
    ),
    "access.nobody": ("这个账号", "This account"),
    "access.owner_only": (
        "只有页面的主人能这样做；请联系页面的主人。",
        "Only the page's owner may do this; ask the page's owner.",
    ),
    "access.unready": (
        "页面还没有准备好；请等页面的主人下载模型、建立索引。",
        "The page is not ready; wait until its owner has got the model and built the index.",
    ),
    "access.secrets": (
        "{file} 读不了，所以不知道谁可以打开页面；请改正或删除它。",
        "{file} cannot be read, so who may open the page is not known; mend or remove it.",
    ),
    "access.both": (
        ".streamlit/secrets.toml 里既有密码又有 [auth]；请只留一种登录方式。",
        ".streamlit/secrets.toml has both a password and [auth]; keep one of them.",
    ),
    "access.no_auth": (
        ".streamlit/secrets.toml 里有 [access] allowed，却没有 [auth]；请写上登录服务（见 SECURITY.md），或去掉 allowed。",
        ".streamlit/secrets.toml has [access] allowed but no [auth]; add the sign-in (see SECURITY.md), or remove allowed.",
    ),
    "access.client": (
        ".streamlit/secrets.toml 的 [auth] 里缺少 {names}；请照登录服务给的写上（见 SECURITY.md）。",
        "[auth] in .streamlit/secrets.toml lacks {names}; write down what the provider gave you (see SECURITY.md).",
    ),
    "access.cookie_secret": (
        '.streamlit/secrets.toml 的 [auth] 里要有至少 {least} 个字符的 cookie_secret；请用 `python -c "import secrets; print(secrets.token_hex(32))"` 生成一个。',
        '[auth] in .streamlit/secrets.toml needs a cookie_secret of at least {least} characters; make one by `python -c "import secrets; print(secrets.token_hex(32))"`.',
    ),
    "access.plain": (
        ".streamlit/secrets.toml 的 [auth] {name} 不是 https 地址（只有本机可以用 http）；请改成 https 地址。",
        "[auth] {name} in .streamlit/secrets.toml is no https address (http is for this machine alone); give an https address.",
    ),
    "access.redirect": (
        ".streamlit/secrets.toml 的 [auth] redirect_uri 应是页面的地址加上 /oauth2callback；请改正。",
        "[auth] redirect_uri in .streamlit/secrets.toml is the page's address followed by /oauth2callback; mend it.",
    ),
    "access.unknown_host": (
        "redirect_uri 里的主机 {host} 不在 server.allowedHosts 里；请在 .streamlit/config.toml 里加上。",
        "The host {host} of redirect_uri is not in server.allowedHosts; add it in .streamlit/config.toml.",
    ),
    "access.headers": (
        "设置了 server.trustedUserHeaders，请求就能自称是别人；请从 .streamlit/config.toml 里去掉它。",
        "With server.trustedUserHeaders a request could say that it is somebody else's; remove it from .streamlit/config.toml.",
    ),
    "access.no_list": (
        '用 [auth] 登录要有名单；请在 .streamlit/secrets.toml 里写 [access] allowed = ["你的邮箱"]。',
        'A sign-in by [auth] needs a list: put [access] allowed = ["your address"] into .streamlit/secrets.toml.',
    ),
    "access.entry": (
        "[access] allowed 里的 {entry} 不是邮箱地址，也不是 @域名；请改正。",
        "{entry} in [access] allowed is no e-mail address and no @domain; mend it.",
    ),
    "access.owner": (
        "[access] allowed 的第一项是页面主人的邮箱，不能是 {entry} 这样的域名；请把主人的邮箱放在最前面。",
        "The first of [access] allowed is the owner's address and no domain like {entry}; put the owner's address first.",
    ),
}
