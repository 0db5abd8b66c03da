// The list of notes: a box that searches while one types, and the folders or the notes that were found.

const PAUSE = 120; // ms after the last key, then it searches

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".an-tree-box") || create(parentElement, data);
  root.send = component.setTriggerValue;
  const list = root.querySelector(".an-tree");
  if (root.markup !== data.html) {
    const folded = [...list.querySelectorAll("details")].filter((box) => !box.open).map((box) => box.dataset.folder);
    const known = new Set([...list.querySelectorAll("details")].map((box) => box.dataset.folder));
    root.markup = data.html;
    list.innerHTML = data.html; // made and escaped in ui/notes.py
    // What the reader opened or shut stays so.
    for (const box of list.querySelectorAll("details")) {
      if (known.has(box.dataset.folder)) box.open = !folded.includes(box.dataset.folder);
    }
  }
  for (const link of list.querySelectorAll("a[data-path]")) {
    if (link.dataset.path === data.open) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const open = list.querySelector("[aria-current]");
  if (open && root.shown !== data.open) {
    for (let box = open.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    open.scrollIntoView({ block: "nearest" });
  }
  root.shown = data.open;
}

function create(parent, data) {
  const root = document.createElement("div");
  root.className = "an-tree-box";
  const box = document.createElement("input");
  box.type = "search";
  box.className = "an-search";
  box.placeholder = data.labels.search;
  box.setAttribute("aria-label", data.labels.search);
  box.value = data.query;
  const list = document.createElement("nav");
  list.className = "an-tree";
  list.setAttribute("aria-label", data.labels.notes);
  root.append(box, list);
  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => root.send("find", box.value), PAUSE);
  });
  root.addEventListener("keydown", (event) => onKey(root, box, event));
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-path], [data-ask], [data-question], [data-find]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (link.dataset.path) root.send("open", `${link.dataset.line || 1}:${link.dataset.path}`);
    else if (link.dataset.ask) root.send("ask", link.dataset.ask);
    else if (link.dataset.question) root.send("question", link.dataset.question);
    else {
      box.value = link.dataset.find;
      root.send("find", box.value);
    }
  });
  parent.appendChild(root);
  return root;
}

// Arrow keys walk the list, as Tab does too.
function onKey(root, box, event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [box, ...root.querySelectorAll("summary, a[data-path], button")].filter((stop) => stop.offsetParent);
  const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
