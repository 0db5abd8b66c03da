// The source pane: a whole note with what was cited in it marked; scrolls there, steps, closes with Escape.

export default function (component) {
  const { data, parentElement } = component;
  const pane = parentElement.querySelector(".an-pane") || create(parentElement);
  const old = pane.model ? pane.model.data : {};
  pane.model = { data, send: component.setTriggerValue };
  pane.setAttribute("aria-label", data.labels.pane);
  if (JSON.stringify(data.head) !== JSON.stringify(old.head)) drawHead(pane, data);
  const body = pane.querySelector(".an-scroll");
  if (data.html !== old.html) body.innerHTML = data.html; // cleaned where it was made (ui/safe.py)
  pane.classList.toggle("an-cuts", Boolean(data.head.cuts) && pane.cuts !== false);
  if (data.view !== old.view || data.html !== old.html) requestAnimationFrame(() => toMark(pane, body, data));
  return () => giveFocusBack(pane.model.data);
}

function create(parent) {
  const pane = document.createElement("aside");
  pane.className = "an-pane";
  pane.tabIndex = -1;
  pane.innerHTML =
    '<header class="an-head"></header><div class="an-body">' +
    '<div class="an-scroll an-note-text" tabindex="0"></div><nav class="an-toc"></nav></div>';
  const body = pane.querySelector(".an-scroll");
  body.addEventListener("scroll", () => requestAnimationFrame(() => follow(pane, body)), { passive: true });
  pane.addEventListener("click", (event) => onClick(pane, event));
  pane.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = pane.querySelector(".an-drop[open]");
    if (open) open.open = false;
    else pane.model.send("act", { do: "close" });
  });
  parent.appendChild(pane);
  return pane;
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// An element of HTML that was cleaned where it was made (ui/markdown.py): headings may hold formulas and code.
function rich(tag, name, markup) {
  const made = element(tag, name);
  made.innerHTML = markup;
  return made;
}

function button(label, text, act, disabled = false) {
  const made = element("button", "an-button", text);
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.disabled = disabled;
  made.dataset.act = JSON.stringify(act);
  return made;
}

function drawHead(pane, data) {
  const { head, labels } = data;
  const bar = element("div", "an-bar");
  if (head.count > 0) {
    bar.append(
      button(labels.previous, "‹", { do: "step", by: -1 }, head.at <= 1),
      element("span", "an-count", `${head.at} / ${head.count}`),
      button(labels.next, "›", { do: "step", by: 1 }, head.at >= head.count),
    );
  }
  for (const [label, what] of head.tools || []) {
    const tool = button(label, label, { do: what });
    tool.classList.add("an-tool");
    if (what === "cuts") tool.setAttribute("aria-pressed", String(pane.cuts !== false));
    bar.append(tool);
  }
  for (const [what, label, said] of head.marks || []) {
    const mark = button(label, what === "good" ? "▲" : "▼", { do: "mark", what });
    mark.classList.add("an-mark");
    mark.setAttribute("aria-pressed", String(said));
    bar.append(mark);
  }
  if (related(head).length) {
    const list = drop("an-related", labels.related, labels.related, relatedItems(head));
    list.firstChild.classList.add("an-tool");
    bar.append(list);
  }
  bar.append(element("span", "an-gap"));
  if (head.outline.length > 1) bar.append(drop("an-outline", "≡", labels.outline, outlineItems(head)));
  bar.append(drop("an-menu", "⋯", labels.more, menuItems(head, labels)));
  bar.append(button(labels.back, "✕", { do: "close" }));
  const parts = [bar, rich("h2", "an-pane-title", head.title)];
  if (head.place) parts.push(rich("div", "an-pane-place", head.place));
  parts.push(element("div", "an-pane-path", head.path));
  if (head.notice) {
    const notice = element("p", "an-warn", head.notice + " ");
    if (head.switch) notice.append(button(head.switch, head.switch, { do: "switch" }));
    parts.push(notice);
  }
  pane.querySelector(".an-head").replaceChildren(...parts);
  const toc = pane.querySelector(".an-toc");
  toc.setAttribute("aria-label", labels.outline);
  toc.replaceChildren(
    ...(head.tools && head.outline.length > 1 ? [part(outlineItems(head))] : []),
    ...(related(head).length ? [part([element("h3", "an-toc-title", labels.related), ...relatedItems(head)])] : []),
  );
}

function part(items) {
  const made = element("div", "an-toc-part");
  made.append(...items);
  return made;
}

function related(head) {
  return head.related || [];
}

function relatedItems(head) {
  return related(head).map(([name, why], n) => {
    const item = rich("button", "an-drop-item", name);
    item.type = "button";
    item.title = why;
    item.dataset.act = JSON.stringify({ do: "related", n });
    return item;
  });
}

// The heading that is being read is the one that is marked in the outline beside the text.
function follow(pane, body) {
  const items = [...pane.querySelectorAll('.an-toc [data-act*="scroll"]')];
  if (!items.length) return;
  const top = body.getBoundingClientRect().top + 40;
  const block = [...body.children].find((child) => child.getBoundingClientRect().bottom > top);
  const line = block ? Number(block.dataset.last) : Infinity;
  const here = items.filter((item) => JSON.parse(item.dataset.act).line <= line).pop() || items[0];
  for (const item of items) item.classList.toggle("an-here", item === here);
}

// A button that drops a list down; closed by choosing, by a click elsewhere in the pane, or by Escape.
function drop(name, sign, label, items) {
  const box = element("details", `an-drop ${name}`);
  const summary = element("summary", "an-button", sign);
  summary.title = label;
  summary.setAttribute("aria-label", label);
  const list = element("div", "an-drop-list");
  list.append(...items);
  box.append(summary, list);
  return box;
}

function outlineItems(head) {
  return head.outline.map(([level, text, line]) => {
    const item = rich("button", "an-drop-item", text);
    item.type = "button";
    item.classList.toggle("an-here", line === head.section);
    item.style.paddingLeft = `${0.9 + 0.9 * level}rem`;
    item.dataset.act = JSON.stringify({ do: "scroll", line });
    return item;
  });
}

function menuItems(head, labels) {
  const items = head.editors.map(([label, target]) => {
    const link = element("a", "an-drop-item", label);
    link.href = target;
    return link;
  });
  if (head.system) {
    const edit = element("button", "an-drop-item", head.system);
    edit.type = "button";
    edit.dataset.act = JSON.stringify({ do: "edit" });
    items.push(edit);
  }
  if (head.link) {
    const copy = element("button", "an-drop-item", labels.copy_link);
    copy.type = "button";
    copy.dataset.act = JSON.stringify({ do: "copy", link: head.link });
    items.unshift(copy);
  }
  return items;
}

function onClick(pane, event) {
  const acting = event.target.closest("[data-act]");
  for (const box of pane.querySelectorAll(".an-drop[open]")) if (!box.contains(event.target)) box.open = false;
  const link = event.target.closest("a[data-note]");
  if (link) {
    event.preventDefault();
    pane.model.send("act", { do: "note", target: link.dataset.note });
  } else if (acting) {
    act(pane, acting, JSON.parse(acting.dataset.act));
  }
}

function act(pane, acting, what) {
  if (what.do === "scroll") {
    const box = acting.closest(".an-drop");
    if (box) box.open = false;
    scrollTo(pane.querySelector(".an-scroll"), blockOf(pane, what.line), "start");
  } else if (what.do === "cuts") {
    pane.cuts = pane.cuts === false;
    pane.classList.toggle("an-cuts", pane.cuts);
    acting.setAttribute("aria-pressed", String(pane.cuts));
  } else if (what.do === "copy") {
    navigator.clipboard.writeText(new URL(what.link, window.location.href).href).then(() => {
      acting.textContent = pane.model.data.labels.copied;
    });
  } else {
    pane.model.send("act", what);
  }
}

function blockOf(pane, line) {
  const blocks = [...pane.querySelectorAll(".an-block")];
  return blocks.find((block) => Number(block.dataset.last) >= line) || blocks[blocks.length - 1];
}

function toMark(pane, body, data) {
  // What scrolls sideways must be reachable by the keyboard.
  for (const wide of body.querySelectorAll(".an-math, .an-formula, pre, table"))
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  const mark = body.querySelector("mark.an-evidence") || body.querySelector("mark.an-passage");
  const target = mark || blockOf(pane, data.line);
  if (target) scrollTo(body, target, mark ? "center" : "start");
  uncover(pane, data);
  pane.dataset.shown = data.view;
  if (data.focus) pane.focus({ preventScroll: true });
}

// On a phone the pane comes up over the page: what was clicked must not lie behind it.
function uncover(pane, data) {
  const link = linkOf(data);
  const covers = link && getComputedStyle(pane.closest(".st-key-pane") || pane).position === "fixed";
  if (covers && link.getBoundingClientRect().bottom > pane.getBoundingClientRect().top)
    (link.closest(".an-checked > li") || link).scrollIntoView({ block: "start" });
}

// The citation in the text that the pane shows.
function linkOf(data) {
  const turn = document.querySelector(`.an-turn[data-turn="${CSS.escape(data.turn)}"]`);
  return turn && turn.querySelector(`[data-cite="${CSS.escape(data.view.split("/")[1] || "")}"]`);
}

// Scrolls the pane alone: scrollIntoView would move the page behind it too.
function scrollTo(body, target, where) {
  const offset = target.getBoundingClientRect().top - body.getBoundingClientRect().top;
  const room = where === "center" ? body.clientHeight * 0.3 : 8;
  body.scrollTop += offset - room;
}

function giveFocusBack(data) {
  const note = document.querySelector(`.an-tree a[data-path="${CSS.escape(data.view.split("/").slice(2, -2).join("/"))}"]`);
  if (data.head.tools && note) note.focus();
  const link = linkOf(data);
  if (link) link.focus();
}
