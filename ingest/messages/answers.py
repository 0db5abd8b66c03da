"""What the product itself says in an answer, and why a language model gives none or breaks off."""

from ingest.messages.catalogue import Entries

ANSWERS: Entries = {
    "agent.no_tool": ("没有这个工具", "there is no such tool"),
    "agent.arguments": ("参数不对", "wrong arguments"),
    "agent.again": ("已经查过", "done before"),
    "agent.tokens": (
        "查找到此为止：已用到 {count} 个词元的上限",
        "no more steps: the limit of {count} tokens is reached",
    ),
    "agent.steps": ("查找到此为止：已用到 {count} 步的上限", "no more steps: the limit of {count} is reached"),
    "agent.circles": ("查找到此为止：没有新的发现", "no more steps: they brought nothing new"),
    "agent.look": ("{tool}（{given}）：新找到 {found} 个小节", "{tool}({given}): new sections: {found}"),
    "agent.fault": ("{tool}（{given}）没有结果：{fault}", "{tool}({given}): {fault}"),
    "agent.looks": ("模型又查了 {count} 步", "The model looked further, steps: {count}"),
    "answer.refused": ("笔记里没有回答这个问题的内容。", "The notes do not answer this."),
    "answer.nearest": ("最接近的小节是：{titles}。", "The nearest sections are: {titles}."),
    "answer.disagree": (
        "注意，笔记的说法不一：「{one}」与「{other}」。",
        "Note that the notes disagree: “{one}” and “{other}”.",
    ),
    "answer.stopped": ("已停止。", "Stopped."),
    # what is told out of the index, without a search
    "tools.greeting": (
        "你好！这里回答关于你的 {n} 篇笔记的问题，并给出出处。笔记的主题：{topics}。也可以问：有哪些笔记是讲某个主题的、"
        "最近改了什么、某个文件夹里有什么，或让它总结某一篇。",
        "Hello! This answers questions out of your {n} notes, with the places. Topics: {topics}. You can also ask which notes "
        "are about something, what has changed lately, what is in a folder, or for a summary of a note.",
    ),
    "tools.noise": (
        "这不像一个问题；请写出想在笔记里找的内容。",
        "That does not look like a question; write what you want to find in the notes.",
    ),
    "tools.everything": ("全部", "all"),
    "tools.count_notes": ("笔记数量（{of}）：{n} 篇。", "Notes ({of}): {n}."),
    "tools.notes_in": ("{of}里有 {n} 篇笔记：", "There are {n} notes in {of}:"),
    "tools.notes_about": ("提到「{of}」的笔记有 {n} 篇：", "{n} notes are about “{of}”:"),
    "tools.notes_written": (
        "写于 {of} 的笔记有 {n} 篇（按笔记开头的日期，没有则按文件日期）：",
        "{n} notes were written in this time: {of} (by the dates in them, else of their files):",
    ),
    "tools.notes_changed": (
        "改动过的笔记（{of}）有 {n} 篇，最近的在前（按文件日期）：",
        "{n} notes have changed ({of}), the latest first (by the dates of their files):",
    ),
    "ranked.longest_notes": ("共 {n} 篇笔记，最长的在前：", "Of {n} notes the longest first:"),
    "ranked.shortest_notes": ("共 {n} 篇笔记，最短的在前：", "Of {n} notes the shortest first:"),
    "tools.holds": ("{n} 篇", "{n} notes"),
    "tools.characters": ("{n} 字", "{n} characters"),
    "tools.section": ("小节「{heading}」等 {n} 节", "section “{heading}”, {n} in all"),
    "tools.more": ("另有 {n} 篇未列出。", "{n} more are not listed."),
    "ask.from_index": ("由 {tool} 从索引得出，没有检索。", "Out of the index by {tool}, without a search."),
    # what became of the model's text
    "verdict.echoes": (
        "{model} 的归纳与上面的原文相同。",
        "{model} says it in the same words as the notes above.",
    ),
    "verdict.unsupported": (
        "{model} 写的内容在笔记里没有依据；以上面的原文为准。",
        "Nothing that {model} wrote is in the notes; go by the passages above.",
    ),
    "verdict.says_no": (
        "{model} 认为上面的原文没有回答这个问题。",
        "{model} does not find the answer in the passages above.",
    ),
    "verdict.failed": ("{model} 没有写成：{why}", "{model} wrote no text: {why}"),
    "verdict.cut": ("{model} 没有写完：{why}", "{model} broke off: {why}"),
    "verdict.differs": (
        "与原文不同的数字：{figures}。原文里没有这些数字，请核对。",
        "Figures that the notes do not hold: {figures}. Compare them with the passages above.",
    ),
    "page.failed": (
        "程序内部出错了；运行聊天的终端里有详细信息。",
        "Something went wrong inside; the terminal that runs the chat says what.",
    ),
    # which model
    "model.here": ("本机", "this machine"),
    "model.none": (
        "没有使用语言模型；要得到写成的回答，请把 llm 设为 'local' 或 'endpoint'。",
        "No language model is in use; set llm to 'local' or 'endpoint' for written answers.",
    ),
    "model.not_here": (
        "本机还没有语言模型；请运行 `python -m ingest.models` 下载。",
        "The local model is not on this machine yet; get it with `python -m ingest.models`.",
    ),
    # an endpoint, by its name; the local model is one too
    "endpoint.local": ("本机的语言模型", "The local model"),
    "endpoint.remote": ("模型服务（{host}）", "The model endpoint {host}"),
    "endpoint.paused": (
        "{name}写到一半停了，{seconds:g} 秒没有新内容；请再问一次，或调大 between_tokens_seconds。",
        "{name} stopped in the middle of its answer and sent nothing for {seconds:g} s; ask again, or raise "
        "between_tokens_seconds.",
    ),
    "endpoint.slow": (
        "{name}在 {seconds:g} 秒内没有开始回答；请再问一次，或调大 first_token_seconds。",
        "{name} wrote nothing within {seconds:g} s; ask again, or raise first_token_seconds.",
    ),
    "endpoint.broke_off": (
        "{name}写到一半断开了；请再问一次。",
        "{name} broke off in the middle of its answer; ask again.",
    ),
    "endpoint.cut": (
        "{name}写满了 {tokens} 个词元，回答没有写完；请调大 answer_tokens 再问一次。",
        "{name} reached the limit of {tokens} tokens before its answer was done; raise answer_tokens and ask again.",
    ),
    "endpoint.thought_only": (
        "{name}把词元都用在了思考上，没有写出回答；请把 answer_tokens（现在是 {tokens}）调大，或换一个不思考的 model。",
        "{name} used up its tokens thinking and wrote no answer; raise answer_tokens (now {tokens}), or set a model that "
        "does not think.",
    ),
    "endpoint.filtered": (
        "{name}提前结束了回答（{reason}），通常是它的内容审核；请换个说法再问。",
        "{name} ended its answer early ({reason}), mostly by its content filter; ask in other words.",
    ),
    "endpoint.no_answer": (
        "{name}没有给出回答；请检查 base_url 是不是兼容 OpenAI 的地址（通常以 /v1 结尾）。",
        "{name} sent no answer; check that base_url is that of an OpenAI-compatible endpoint (often …/v1).",
    ),
    "endpoint.no_connection": (
        "{seconds:g} 秒内连不上{name}；请检查网络和 base_url。",
        "{name} took no connection within {seconds:g} s; check the network and base_url.",
    ),
    "endpoint.unreachable": (
        "连不上{name}；请检查它是否在运行，以及 notes.toml 里的 base_url。",
        "{name} cannot be reached; check that it runs, and base_url in notes.toml.",
    ),
    "endpoint.unreachable_because": (
        "连不上{name}，原因：{reason}；请检查它是否在运行，以及 notes.toml 里的 base_url。",
        "{name} cannot be reached ({reason}); check that it runs, and base_url in notes.toml.",
    ),
    "endpoint.failed_meanwhile": (
        "{name}出错中断（{said}）；请再问一次。",
        "{name} broke off with an error ({said}); ask again.",
    ),
    "endpoint.broken_piece": (
        "{name}写到一半发来了损坏的数据；请再问一次。",
        "{name} sent a broken piece in the middle of its answer; ask again.",
    ),
    "endpoint.no_stream": (
        "{name}发来的不是对话补全的数据流；请检查 base_url（通常以 /v1 结尾）。",
        "{name} sent something that is no stream of chat completions; check base_url (often …/v1).",
    ),
    # what it said
    "endpoint.said": ("状态 {status}：{said}", "{status}: {said}"),
    "endpoint.no_reason": ("没有说明原因", "no reason given"),
    "endpoint.key": (
        "{name}不接受 API 密钥（{said}）；请在“设置”里或用 ASKNOTES_API_KEY 给出正确的密钥。",
        "{name} refuses the API key ({said}); give the right one in Settings or in ASKNOTES_API_KEY.",
    ),
    "endpoint.not_let_in": (
        "{name}不让这个账户使用（{said}）；请检查账户的权限、所在地区，以及 model。",
        "{name} does not let this account in ({said}); check what the account may use and from where, and model.",
    ),
    "endpoint.no_credit": (
        "{name}的账户没有余额或额度了（{said}）；请充值，或换一个 model 或 base_url。",
        "{name} says that there is no credit left ({said}); top up the account, or set another model or base_url.",
    ),
    "endpoint.unknown": (
        "{name}没有模型 '{model}'，或地址不对（{said}）；请检查 model 和 base_url。",
        "{name} does not know the model '{model}' or the address ({said}); check model and base_url.",
    ),
    "endpoint.unknown_address": (
        "{name}没有模型 '{model}'，或地址不对（{said}）；base_url 通常以 /v1 结尾，加上 /v1 也试过了。",
        "{name} does not know the model '{model}' or the address ({said}); base_url often ends in /v1, which was tried too.",
    ),
    "endpoint.no_list": (
        "{name}没有给出模型列表（{said}）；请直接输入模型名。",
        "{name} gives no list of its models ({said}); type the model's name.",
    ),
    "endpoint.certificate": (
        "{name}的证书不可信（{reason}）；请把 SSL_CERT_FILE 设为签发它的证书文件。",
        "The certificate of {name} is not trusted ({reason}); set SSL_CERT_FILE to the file of the certificate that signed it.",
    ),
    "endpoint.certificate_file": (
        "连不上{name}：SSL_CERT_FILE 或 SSL_CERT_DIR 里的证书读不了（{reason}）；请改成存在的证书文件。",
        "{name} cannot be asked: the certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read ({reason}); name a file of them.",
    ),
    "endpoint.no_tls": (
        "{name}的加密连接没有建立（{reason}）；如果它不用 TLS，请把 base_url 的开头改成 `http://`。",
        "{name} speaks no TLS that we know ({reason}); if it has none, begin base_url with `http://`.",
    ),
    "endpoint.behind_proxy": (
        "通过代理 {proxy} 连不上{name}，原因：{reason}；请检查代理，或在 NO_PROXY 里写上主机名。",
        "{name} cannot be reached through the proxy {proxy} ({reason}); check the proxy, or name the host in NO_PROXY.",
    ),
    "endpoint.proxy_unusable": (
        "连不上{name}：环境变量里的代理用不了（{reason}）；代理应以 `http://`、`https://`、`socks5://` 或 `socks5h://` 开头。",
        "{name} cannot be asked: the proxy of the environment cannot be used ({reason}); let it begin "
        "with `http://`, `https://`, `socks5://` or `socks5h://`.",
    ),
    "endpoint.busy": (
        "{name}暂时不接受更多提问（{said}）；请稍后再问。",
        "{name} takes no more questions for now ({said}); wait a little and ask again.",
    ),
    "endpoint.busy_for": (
        "{name}暂时不接受更多提问（{said}）；请过 {seconds:.0f} 秒再问。",
        "{name} takes no more questions for now ({said}); wait {seconds:.0f} s and ask again.",
    ),
    "endpoint.failing": (
        "{name}多次出错（{said}）；请稍后再问，或把 llm 设为 'local'。",
        "{name} failed again and again ({said}); ask later, or set llm to 'local'.",
    ),
    "endpoint.too_long": (
        "问题和来源对{name}来说太长（{said}）；请调小 {setting}。",
        "The question and its sources are too long for {name} ({said}); lower {setting}.",
    ),
    "endpoint.rejected": (
        "{name}拒绝了请求（{said}）；请检查 model 和 base_url。",
        "{name} rejects the request ({said}); check model and base_url.",
    ),
    # a provider by its own package
    "provider.name": ("模型服务（{provider}）", "The provider {provider}"),
    "provider.missing": (
        "服务 {provider} 需要软件包 {package}；请运行 `python -m pip install {package} -c constraints.txt`，再重新启动。",
        "The provider {provider} needs the package {package}; run `python -m pip install {package} -c constraints.txt` and "
        "start again.",
    ),
    "provider.unknown": (
        "LangChain 没有叫 '{provider}' 的服务；请把 provider 设为其中之一：{known}。",
        "LangChain knows no provider '{provider}'; set provider to one of these: {known}.",
    ),
    "provider.unusable": (
        "{name}用不了（{reason}）；请检查 provider、model、密钥，以及它的软件包要的环境变量。",
        "{name} cannot be used ({reason}); check provider, model, the key, and what its package wants in the environment.",
    ),
    "provider.no_answer": (
        "{name}没有给出回答；请检查 provider 和 model。",
        "{name} sent no answer; check provider and model.",
    ),
    "provider.unreachable": (
        "连不上{name}（{said}）；请检查网络和 base_url。",
        "{name} cannot be reached ({said}); check the network and base_url.",
    ),
    "provider.key": (
        "{name}不接受密钥（{said}）；请在 ASKNOTES_API_KEY 或它自己的环境变量里设置正确的密钥。",
        "{name} refuses the key ({said}); set the right one in ASKNOTES_API_KEY, or in its own variable.",
    ),
    "provider.no_model": (
        "{name}没有模型 '{model}'（{said}）；请检查 model。",
        "{name} does not know the model '{model}' ({said}); check model.",
    ),
    "provider.rejected": (
        "{name}拒绝了请求（{said}）；请检查 provider 和 model。",
        "{name} rejects the request ({said}); check provider and model.",
    ),
}
