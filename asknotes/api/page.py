"""The page of the API for people: its schema as one HTML document that needs nothing else."""

import html
import json
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "pre{overflow:auto;padding:.8rem;border:1px solid #8888;border-radius:6px}code{font-family:ui-monospace,monospace}"
)


def described(schema: dict[str, Any]) -> str:
    """An OpenAPI document as a page: each address with what it takes and gives, then the forms."""
    parts = [f"<h1>{html.escape(schema['info']['title'])} API</h1>"]
    parts.append(
        '<p>Send <code>Authorization: Bearer …</code>. The same for programs: <a href="/openapi.json">OpenAPI</a>.</p>'
    )
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{method.upper()} {html.escape(path)}</code></h2>")
            parts.append(f"<p>{html.escape(operation.get('description', ''))}</p>")
            forms = [
                name for part in (operation.get("requestBody"), operation["responses"]["200"]) if (name := _form(part))
            ]
            links = " → ".join(f'<a href="#{name}"><code>{name}</code></a>' for name in forms)
            parts.append(f"<p>{links}</p>")
    for name, form in sorted(schema["components"]["schemas"].items()):
        parts.append(f'<h3 id="{name}"><code>{name}</code></h3><p>{html.escape(form.get("description", ""))}</p>')
        fields = {field: about for field, about in form.items() if field in ("properties", "required")}
        parts.append(f"<pre>{html.escape(json.dumps(fields, indent=2, ensure_ascii=False))}</pre>")
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>AskNotes API</title><style>{_STYLE}</style>{"".join(parts)}</html>'


def _form(part: dict[str, Any] | None) -> str:
    """The name of the form that a request or an answer has."""
    content = (part or {}).get("content", {}).get("application/json", {}).get("schema", {})
    return str(content.get("$ref", "")).rpartition("/")[2]
