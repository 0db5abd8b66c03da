"""What is wrong with the bytes of a model file, said in brackets, and what to do about it."""

from ingest.messages.catalogue import Entries

MODEL_FILES: Entries = {
    "e5.other_file": (
        "文件 {path} 的 SHA-256 是 {found}…，不是 {expected}…；请删除它再试。",
        "The file {path} has SHA-256 {found}…, not {expected}…; delete it and try again.",
    ),
    "e5.unwritable": (
        "向量模型写不进 {folder}（{reason}）；请腾出空间再试。",
        "The embedding model cannot be written to {folder} ({reason}); make room and try again.",
    ),
    "e5.damaged": (
        "文件 {file} 已损坏（{reason}）；请删除它，再运行 `make setup`。",
        "The file {file} is damaged ({reason}); delete it and run `make setup` again.",
    ),
    "e5.cut": ("{part}超出了文件末尾", "{part} runs past the end"),
    "e5.header": ("文件头", "the header"),
    "e5.vocabulary": ("词表", "the vocabulary"),
    "e5.rules": ("规范化规则", "the normaliser's rules"),
    "e5.directory": ("张量目录", "the tensor directory"),
    "e5.tensor": ("张量 {name} 的数据", "the tensor {name}"),
    "e5.magic": ("开头不是 E5S1", "it does not start with E5S1"),
    "e5.version": ("未知的版本 {version}，块大小 {block}", "version {version} with blocks of {block} is not known"),
    "e5.sizes": ("各项大小 {sizes} 对不上", "the sizes {sizes} do not fit together"),
    "e5.pieces": ("词片比向量表的行还多", "there are more pieces than rows of the embedding"),
    "e5.special": ("有特殊词片不在词表里", "a special token is outside the vocabulary"),
    "e5.offsets": ("词片的位置没有按顺序", "the piece offsets are not in order"),
    "e5.not_utf8": ("有词片不是 UTF-8", "a piece is not UTF-8"),
    "e5.not_unicode": ("有一条规则不是 Unicode", "a rule is no Unicode"),
    "e5.no_tensor": ("缺少张量 {name}", "the tensor {name} is missing"),
    "e5.weights": ("张量 {name} 有 {weights} 个权重", "the tensor {name} has {weights} weights"),
    "e5.type": ("张量 {name} 的类型是 {kind}，共 {size} 字节", "the tensor {name} has type {kind} and {size} bytes"),
    "adapter.other_file": (
        "文件 {file} 不是这个版本自带的；请重新安装 AskNotes。",
        "The file {file} is not the one that ships with this version; install AskNotes again.",
    ),
    "adapter.no_tensor": (
        "微调文件里的 {module} 在向量模型中不存在；请重新安装 AskNotes。",
        "The adapter names {module}, which the embedding model lacks; install AskNotes again.",
    ),
    "gguf.unreadable": (
        "模型文件 {path} 读不了（{reason}）；请运行 `python -m ingest.models`，或改正 local_model。",
        "The model file {path} cannot be read ({reason}); run `python -m ingest.models`, or mend local_model.",
    ),
    "gguf.other_kind": (
        "{name} 不是 GGUF 模型（{reason}）；请运行 `python -m ingest.models`，或把 local_model 设为别的文件。",
        "{name} is no GGUF model ({reason}); run `python -m ingest.models`, or set local_model to another file.",
    ),
    "gguf.magic": ("开头不是 GGUF", "it does not begin with 'GGUF'"),
    "gguf.version": ("未知的版本 {version}，{keys} 个键", "version {version} with {keys} keys is unknown"),
    "gguf.text": ("有一段文字长达 {size} 字节", "a text of {size} bytes is too long"),
    "gguf.list": ("有一个列表长达 {count} 项", "a list of {count} values is too long"),
    "gguf.kind": ("未知的值类型 {kind}", "value type {kind} is unknown"),
    "gguf.unloadable": (
        "llama.cpp 无法加载 {name}：文件损坏、类型不明或内存不足；请用 `python -m ingest.models` 重新下载，"
        "或把 local_model 设为别的 GGUF 文件。",
        "llama.cpp cannot load {name}: the file is damaged, of an unknown kind, or there is too little memory; get it "
        "again with `python -m ingest.models`, or set local_model to another GGUF file.",
    ),
    "gguf.no_library": (
        "无法加载 xllamacpp（{reason}）；请重新运行 `make setup`。",
        "xllamacpp cannot be loaded ({reason}); run `make setup` again.",
    ),
}
