"""What can be wrong with a setting."""

from ingest.messages.catalogue import Entries

SETTINGS: Entries = {
    "settings.wrong": (
        "设置 {name} 不对（{reason}）；请在 {file} 或环境变量 ASKNOTES_{variable} 里改正。",
        "The setting '{name}' is wrong ({reason}); mend it in {file} or in ASKNOTES_{variable}.",
    ),
    # what is wrong with it, by the names that pydantic has for that
    "settings.extra_forbidden": ("没有这个设置", "Extra inputs are not permitted"),
    "settings.greater_than": ("应大于 {limit}", "Input should be greater than {limit}"),
    "settings.greater_than_equal": ("应不小于 {limit}", "Input should be greater than or equal to {limit}"),
    "settings.less_than_equal": ("应不大于 {limit}", "Input should be less than or equal to {limit}"),
    "settings.not_toml": (
        "{file} 不是有效的 TOML（{reason}）；请改正或删除它。",
        "{file} is not valid TOML ({reason}); mend or remove it.",
    ),
    "settings.not_saved": (
        "{file} 写不进去（{reason}），设置没有变；请检查这个文件的权限。",
        "{file} cannot be written ({reason}); the settings stay as they were: check the file's rights.",
    ),
    "settings.no_corpus": (
        "笔记文件夹 {folder} 不存在；请用 CORPUS=/路径 指定，或在 notes.toml 里设置 corpus。",
        "The notes folder {folder} does not exist; set CORPUS=/path or 'corpus' in notes.toml.",
    ),
    "settings.no_such_folder": (
        "没有 {folder} 这个文件夹；请输入已有文件夹的完整路径。",
        "There is no folder {folder}; type the whole path of one.",
    ),
    "settings.folder_unreadable": (
        "文件夹 {folder} 读不了（{reason}）；请检查它的权限，或换一个。",
        "The folder {folder} cannot be read ({reason}); check its rights, or choose another.",
    ),
    "settings.store": (
        "设置 store 应为 Milvus 的地址（http://主机:19530），或以 .db 结尾的文件；现在是 {store}。",
        "The setting 'store' is the address of a Milvus (http://host:19530) or a file that ends in .db; it is {store}.",
    ),
    "settings.ignore": (
        "设置 ignore 里有一条通配符不对（{reason}）；请在 notes.toml 里改正。",
        "A pattern in the setting 'ignore' is wrong ({reason}); mend it in notes.toml.",
    ),
    "settings.encodings": (
        "设置 encodings 里有未知的编码（{reason}）；请在 notes.toml 里改正。",
        "The setting 'encodings' names an unknown encoding ({reason}); mend it in notes.toml.",
    ),
    "settings.local_model_unreadable": (
        "设置 local_model 指定的 {path} 读不了（{reason}）；请换一个文件，或去掉这项设置。",
        "The setting local_model names {path}, which cannot be read ({reason}); name another, or none.",
    ),
    "settings.local_model_other": (
        "设置 local_model 指定的 {path} 不是 GGUF 文件；请换一个文件，或去掉这项设置。",
        "The setting local_model names {path}, which is no GGUF file; name another, or none.",
    ),
    "settings.no_base_url": (
        "llm 设为 'endpoint'，却没有设置 base_url；请在 notes.toml 里设置，例如 http://主机:端口/v1。",
        "llm is 'endpoint', but base_url is not set; set it in notes.toml, e.g. http://host:port/v1.",
    ),
    "settings.base_url": (
        "设置 base_url 不是地址；应写成 https://主机/v1 或 http://127.0.0.1:11434/v1 这样。",
        "The setting base_url is no address; it looks like https://host/v1 or http://127.0.0.1:11434/v1.",
    ),
    "settings.no_model": (
        "设置了 base_url，却没有设置 model；请在 notes.toml 里把 model 设为那个服务上的模型名。",
        "base_url is set, but model is not; set model in notes.toml to the endpoint's name of it.",
    ),
    "settings.no_provider_model": (
        "设置了 provider，却没有设置 model；请在 notes.toml 里把 model 设为那个服务的模型名。",
        "provider is set, but model is not; set model in notes.toml to the provider's name of it.",
    ),
    "settings.provider_lists_none": (
        "{provider} 的软件包列不出模型；请输入模型名。",
        "The package of {provider} has no list of models; type the model's name.",
    ),
    "settings.embedding_url": (
        "设置 embedding_url 不是地址；应写成 https://主机/v1 或 http://127.0.0.1:8080/v1 这样。",
        "The setting embedding_url is no address; it looks like https://host/v1 or http://127.0.0.1:8080/v1.",
    ),
    "settings.no_embedding_name": (
        "设置了 embedding_url，却没有设置 embedding_model；请在 notes.toml 里把它设为那个服务上的模型名。",
        "embedding_url is set, but embedding_model is not; set it in notes.toml to the endpoint's name of the model.",
    ),
    # keys that were entered in the page
    "keys.keyring": (
        "系统的密钥环没有给出 {address} 的密钥（{reason}）；请解锁密钥环，或在“设置”里重新输入密钥。",
        "The system's keyring does not give the key for {address} ({reason}); unlock it, or enter the key again in Settings.",
    ),
    "keys.gone": (
        "系统的密钥环里已没有 {address} 的密钥；请在“设置”里重新输入。",
        "The system's keyring holds no key for {address} any more; enter it again in Settings.",
    ),
    "keys.unreadable": (
        "{file} 读不了（{reason}）；请检查这个文件的权限。",
        "{file} cannot be read ({reason}); check the file's rights.",
    ),
    "keys.damaged": (
        "{file} 已损坏；请删除它，再在“设置”里重新输入密钥。",
        "{file} is damaged; remove it, and enter the keys again in Settings.",
    ),
    "keys.unwritable": (
        "{file} 写不进去（{reason}），密钥没有保存；请检查数据文件夹的权限。",
        "{file} cannot be written ({reason}), so the key was not kept; check the rights of the data folder.",
    ),
}
