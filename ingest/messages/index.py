"""What can be wrong with the index on disk, or with building it."""

from ingest.messages.catalogue import Entries

INDEX: Entries = {
    # reading it
    "index.missing": (
        "{folder} 里还没有索引；请运行 `asknotes index` 或 `python -m ingest`。",
        "There is no index in {folder} yet; run `asknotes index`, or `python -m ingest`.",
    ),
    "index.changing": (
        "{folder} 里的索引变得太快，来不及读；请再试一次。",
        "The index in {folder} changes faster than it can be read; try again.",
    ),
    "index.unreadable": (
        "索引版本 {name} 读不了（{reason}）；请运行 `python -m ingest --full`。",
        "The index generation {name} cannot be read ({reason}); run `python -m ingest --full`.",
    ),
    "index.misfit": (
        "索引版本 {name} 的文件互相对不上；请运行 `python -m ingest --full`。",
        "The files of the index generation {name} do not fit together; run `python -m ingest --full`.",
    ),
    "index.file_unreadable": (
        "索引的文件 {file} 读不了（{reason}）；请运行 `python -m ingest`。",
        "The file {file} of the index cannot be read ({reason}); run `python -m ingest`.",
    ),
    "index.file_damaged": (
        "索引的文件 {file} 已损坏（校验和不符）；请运行 `python -m ingest`。",
        "The file {file} of the index is damaged (checksum); run `python -m ingest`.",
    ),
    "index.no_manifest": (
        "文件 {file} 不是索引的清单（{reason}）；请运行 `python -m ingest`。",
        "The file {file} is not a manifest ({reason}); run `python -m ingest`.",
    ),
    "index.outside": (
        "文件 {file} 列出了自己文件夹之外的文件；请运行 `python -m ingest`。",
        "The file {file} lists files outside its folder; run `python -m ingest`.",
    ),
    "index.other_format": (
        "索引的格式是 {found}，本程序只读格式 {known}；请运行 `python -m ingest`。",
        "The index has format {found}, and this program reads format {known}; run `python -m ingest`.",
    ),
    "index.other_model": (
        "索引是用向量模型 {found} 建立的，现在用的是 {known}；请运行 `python -m ingest`。",
        "The index was made with the embedding model {found}, and the one in use is {known}; run `python -m ingest`.",
    ),
    "index.other_tokenizer": (
        "索引是用分词器 {found} 建立的，现在用的是 {known}；请运行 `python -m ingest`。",
        "The index was made with the tokenizer {found}, and the one in use is {known}; run `python -m ingest`.",
    ),
    # notices beside an index that is used all the same
    "index.current_damaged": (
        "索引的文件 {file} 已损坏；请运行 `python -m ingest`。",
        "The file {file} of the index is damaged; run `python -m ingest`.",
    ),
    "index.current_missing": (
        "索引的文件 {file} 不见了；请运行 `python -m ingest`。",
        "The file {file} of the index is missing; run `python -m ingest`.",
    ),
    "index.fallback": (
        "回答来自 {built} 建立的索引版本 {name}。",
        "Answers come from the generation {name}, built {built}.",
    ),
    "index.fallback_undated": ("回答来自索引版本 {name}。", "Answers come from the generation {name}."),
    # writing it
    "index.busy": (
        "另一个程序正在写 {folder}（{holder}）；请等它完成。",
        "Another build is writing {folder} ({holder}); wait until it is done.",
    ),
    "index.holder": ("{host} 上的进程 {pid}", "process {pid} on {host}"),
    "index.holder_unknown": ("不知道是哪个进程", "its process is not known"),
    "index.folder": (
        "索引文件夹 {folder} 写不进去（{reason}）；请改正它的权限，或用 --index 换一个。",
        "The index folder {folder} cannot be written to ({reason}); mend its permissions or choose another with --index.",
    ),
    "index.folder_full": (
        "索引文件夹 {folder} 写不进去（{reason}）；请腾出一些空间。",
        "The index folder {folder} cannot be written to ({reason}); free some space there.",
    ),
    "index.unwritable": (
        "索引写不进去（{reason}：{file}）；请腾出空间或改正权限，然后再运行一次。",
        "The index cannot be written ({reason}: {file}); free some space or mend the permissions, then run it again.",
    ),
    "build.no_vectors": (
        "向量模型 {model} 没有给出正常的向量；请换一个模型（设置 embedding_model）。",
        "The embedding model {model} gave no proper vectors; use another model (the setting 'embedding_model').",
    ),
    "build.other_length": (
        "向量模型 {model} 名字没变，给出的向量长度却和以前（{dimension}）不同；请运行 `python -m ingest --full`。",
        "The embedding model {model} gave vectors of another length than before ({dimension}) under the same name; "
        "run `python -m ingest --full`.",
    ),
    "build.cancelled": (
        "更新已停止；索引和之前一样。",
        "The build was stopped; the index is as it was before.",
    ),
    # its copy in Milvus
    "store.not_installed": (
        "设置了 store，却没有装 pymilvus；请运行 `pip install 'asknotes[milvus]'`，或去掉这项设置。",
        "The setting 'store' is set, but pymilvus is not installed; run `pip install 'asknotes[milvus]'`, or unset it.",
    ),
    "store.file": (
        "Milvus Lite 的文件 {file} 打不开（{reason}）；同一时间只有一个进程能用它：请关掉另一个，或改用 Milvus 服务。",
        "The file {file} of Milvus Lite cannot be opened ({reason}); one process at a time may have it: "
        "close the other, or use a Milvus server.",
    ),
    "store.away": (
        "{store} 的 Milvus 没有应答；请看它是否在运行，或去掉设置 store，只用本机的索引。",
        "Milvus at {store} does not answer; see whether it runs, or unset 'store' to search the index on this machine.",
    ),
    "store.refused": (
        "{store} 的 Milvus 不接受这个令牌；请在环境变量 ASKNOTES_STORE_TOKEN 里改正（写成 `用户名:密码`）。",
        "Milvus at {store} refuses the token; mend it in ASKNOTES_STORE_TOKEN (it reads `user:password`).",
    ),
    "store.failed": (
        "{store} 的 Milvus 出错（{reason}）；本机的索引没有变。",
        "Milvus at {store} fails ({reason}); the index on this machine is as it was.",
    ),
    "store.incomplete": (
        "{store} 的 Milvus 里缺少一部分段落；请运行 `python -m ingest`。",
        "Milvus at {store} lacks some of the passages; run `python -m ingest`.",
    ),
    "store.empty": (
        "{store} 的 Milvus 里还没有笔记；请设好 store 再运行 `python -m ingest`。",
        "There are no notes in Milvus at {store} yet; run `python -m ingest` with the setting 'store'.",
    ),
    "store.other_generation": (
        "{store} 的 Milvus 里是另一版索引；请运行 `python -m ingest`，或者稍等正在进行的那次完成。",
        "Milvus at {store} holds another generation of the index; run `python -m ingest`, or wait for the one that runs.",
    ),
    "store.other_form": (
        "{store} 的 Milvus 里是用别的向量模型、分词或 BM25 参数建的索引；请用现在的设置运行 `python -m ingest`。",
        "Milvus at {store} was filled with another embedding model, tokenizer or BM25 figures; run `python -m ingest` with these settings.",
    ),
}
