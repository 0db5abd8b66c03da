"""The words of the settings."""

from ingest.messages import Entries

SETTINGS: Entries = {
    "bm25_weight": ("关键词检索的权重", "Weight of keyword search"),
    "dense_weight": ("语义检索的权重", "Weight of meaning search"),
    "theme": ("外观", "Theme"),
    "theme_system": ("跟随系统", "As the system"),
    "theme_light": ("浅色", "Light"),
    "theme_dark": ("深色", "Dark"),
    "test_endpoint": ("测试接口", "Test the endpoint"),
    "testing": ("正在请求一个词元…", "Asking for one token…"),
    "test_good": ("{model}（{where}）在 {time} 内回答了。", "{model} at {where} answered within {time}."),
    "section_answers": ("回答", "Answers"),
    "section_search": ("检索", "Search"),
    "section_page": ("页面", "Page"),
    "settings": ("设置", "Settings"),
    "owner_settings": (
        "设置由页面的主人管理；你的标记在这里。",
        "The page's owner keeps the settings; your marks are here.",
    ),
    "sign_out": ("退出登录", "Sign out"),
    "language": ("界面语言", "Language of the page"),
    "language_auto": ("跟随浏览器", "As the browser"),
    "number_of_sources": ("每次给模型的来源数", "Sources for each answer"),
    "endpoint": (
        "模型接口地址（OpenAI 兼容，留空则用本机模型）",
        "Model endpoint (OpenAI-compatible; empty: the local model)",
    ),
    "endpoint_model": ("接口上的模型名", "Model name at the endpoint"),
    "provider": (
        "服务商（模型没有 OpenAI 兼容的接口时，如 anthropic、google_genai、ollama）",
        "Provider, for a model without an OpenAI-compatible endpoint: anthropic, google_genai, ollama …",
    ),
    "which_model": ("用哪个语言模型", "Which language model"),
    "llm_auto": ("自动", "Automatic"),
    "llm_local": ("本机模型", "Local model"),
    "llm_endpoint": ("接口", "Endpoint"),
    "llm_none": ("不用模型，只摘录", "None, quotes only"),
    "saved": ("已保存到 notes.toml。", "Saved to notes.toml."),
    "not_ready_title": ("现在还不能提问", "Nothing can be asked yet"),
    "overruled": (
        "环境变量 {names} 另有规定，所以这里改的还不起作用。",
        "The environment says otherwise ({names}), so this does not count yet.",
    ),
    # a model that looks further
    "agent": ("让接口上的模型自己再查笔记", "Let the endpoint's model look further in the notes"),
    "agent_hint": (
        "归纳之前，模型先用工具一步步再查几次，每一步都显示出来；适合要翻好几篇笔记的问题。要多花几次请求。",
        "Before it sums up, the model looks things up with tools, and every step is shown: for questions over several notes. "
        "It takes a few more requests.",
    ),
    "look_further": ("再深入查找", "Look further"),
    # what the reader thought of sections
    "marks": ("你标记过的小节", "Sections that you marked"),
    "marks_hint": (
        "▲ 的小节在相近的问题里排得更前，▼ 的排得更后。删除标记，就恢复原样。",
        "What has ▲ comes earlier for near questions, what has ▼ later. Remove a mark, and it is as it was.",
    ),
    "mark_remove": ("删除标记", "Remove the mark"),
    "mark_good": (
        "这一节合适：相近的问题把它排到前面（再点一次撤销）",
        "This section fits: near questions are to find it earlier (again: undo)",
    ),
    "mark_wrong": (
        "引用错了：相近的问题把它往后排（再点一次撤销）",
        "A wrong source: near questions are to find it later (again: undo)",
    ),
    "marked_good": (
        "记下了：相近的问题会把这一节排到前面。再点一次，或在设置里撤销。",
        "Kept: near questions will find this section earlier. Click again, or go to the settings, to undo.",
    ),
    "marked_wrong": (
        "记下了：相近的问题会把这一节往后排。再点一次，或在设置里撤销。",
        "Kept: near questions will find this section later. Click again, or go to the settings, to undo.",
    ),
    "mark_removed": ("标记已撤销。", "The mark is gone."),
    # an endpoint's key and models
    "key": ("密钥（本机的服务一般不需要）", "Key (local servers need none)"),
    "key_hint": (
        "密钥存进系统的密钥环（没有密钥环就存进只有你能读的文件），不写进 notes.toml，也只发给这里填的地址。"
        "环境变量 ASKNOTES_API_KEY 照样有效。",
        "It is kept in the system's keyring (or, without one, in a file that only you can read), never in notes.toml, and "
        "is sent to this address alone. ASKNOTES_API_KEY in the environment works as well.",
    ),
    "key_keyring": ("{address} 的密钥存在系统的密钥环里。", "The key for {address} is in the system's keyring."),
    "key_file": (
        "{address} 的密钥存在 {file} 里，只有你能读（没有可用的系统密钥环）。",
        "The key for {address} is in {file}, which only you can read (no keyring of the system can be used).",
    ),
    "key_environment": (
        "{address} 用环境变量 ASKNOTES_API_KEY 里的密钥。",
        "For {address} the key of the environment (ASKNOTES_API_KEY) is used.",
    ),
    "key_unset": ("没有 {address} 的密钥。", "There is no key for {address}."),
    "key_other": (
        "密钥是为 {address} 输入的，没有发给 {now}；需要的话请为它再输入一次。",
        "The key was entered for {address} and was not sent to {now}; enter one for it if it needs one.",
    ),
    "key_no_address": ("请先填这个密钥的接口地址。", "Type the address of the endpoint that the key is for."),
    "forget_key": ("删除密钥", "Remove the key"),
    "choose_model": ("选一个，或输入模型名", "Choose one, or type a name"),
    "list_models": ("列出模型", "List its models"),
    "listing_models": ("正在请求模型列表…", "Asking for the list of models…"),
    "lists_no_model": ("这个接口上一个模型也没有。", "The endpoint lists no model at all."),
}
