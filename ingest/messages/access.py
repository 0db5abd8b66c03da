"""Who may open the page from another machine."""

from ingest.messages.catalogue import Entries

ACCESS: Entries = {
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
