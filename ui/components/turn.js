// A question and its answer: redraws only what changed, shows a card for a citation, reports clicks to the page.

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".an-turn") || create(parentElement);
  const first = !root.model;
  root.model = { data, send: component.setTriggerValue };
  root.dataset.turn = data.turn;
  draw(root, data.parts);
  requestAnimationFrame(() => {
    // What scrolls sideways must be reachable by the keyboard.
    for (const wide of root.querySelectorAll(".an-math, .an-formula, pre, table"))
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  });
  for (const link of root.querySelectorAll("[data-cite]")) {
    const open = link.dataset.cite === data.open;
    link.classList.toggle("an-open", open);
    link.setAttribute("aria-expanded", String(open));
  }
  if (first && data.live) root.scrollIntoView({ block: "start", behavior: "smooth" });
}

function create(parent) {
  const root = document.createElement("article");
  root.className = "an-turn";
  root.addEventListener("click", (event) => onClick(root, event));
  root.addEventListener("keydown", (event) => onKey(root, event));
  root.addEventListener("mouseover", (event) => showCard(root, event.target.closest(".an-cite")));
  root.addEventListener("mouseout", (event) => event.target.closest(".an-cite") && hideCard(root));
  root.addEventListener("focusin", (event) => showCard(root, event.target.closest(".an-cite")));
  root.addEventListener("focusout", () => hideCard(root));
  parent.appendChild(root);
  return root;
}

function draw(root, parts) {
  const wanted = parts.filter(([, markup]) => markup);
  const names = new Set(wanted.map(([name]) => name));
  for (const old of [...root.children]) if (old.dataset.part && !names.has(old.dataset.part)) old.remove();
  let before = null;
  for (const [name, markup] of wanted) {
    let part = [...root.children].find((child) => child.dataset.part === name);
    if (!part) {
      part = document.createElement("div");
      part.className = `an-part an-part-${name}`;
      part.dataset.part = name;
      if (before) before.after(part);
      else root.prepend(part);
    }
    patch(part, markup);
    before = part;
  }
}

// The markup was cleaned where it was made (ui/safe.py). Blocks that stay the same stay in place: no flicker, and the
// focus, the selection and an opened <details> are kept while the answer grows.
function patch(part, markup) {
  if (part.markup === markup) return;
  part.markup = markup;
  const template = document.createElement("template");
  template.innerHTML = markup;
  const fresh = [...template.content.children];
  const shown = [...part.children];
  fresh.forEach((child, i) => {
    const text = child.outerHTML;
    if (shown[i] && shown[i].source === text) return;
    child.source = text;
    if (shown[i]) shown[i].replaceWith(child);
    else part.appendChild(child);
  });
  shown.slice(fresh.length).forEach((child) => child.remove());
}

// A folded section is opened and folded again in its place.
function unfold(section) {
  const button = section.querySelector(".an-unfold");
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  section.querySelector(".an-brief").hidden = open;
  section.querySelector(".an-full").hidden = !open;
  [button.textContent, button.dataset.less] = [button.dataset.less, button.textContent];
}

async function copyText(root, button) {
  await navigator.clipboard.writeText(root.model.data.copies[button.dataset.copy]);
  const name = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = name), 1500);
}

function onClick(root, event) {
  const fold = event.target.closest(".an-unfold, .an-fold");
  if (fold) return unfold(fold.closest(".an-ev"));
  const copy = event.target.closest("[data-copy]");
  if (copy) return copyText(root, copy);
  const link = event.target.closest("[data-cite], [data-note]");
  if (!link) return;
  event.preventDefault();
  hideCard(root);
  if (link.dataset.cite) root.model.send("open", link.dataset.cite);
  else root.model.send("note", link.dataset.note);
}

function onKey(root, event) {
  if (event.key === "Escape") hideCard(root);
  if (event.key === " " && event.target.matches("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
}

function showCard(root, link) {
  const card = link && root.model.data.cards[link.dataset.cite];
  if (!card) return;
  hideCard(root);
  const box = document.createElement("div");
  box.className = "an-card";
  box.id = `an-card-${root.dataset.turn}`;
  box.setAttribute("role", "tooltip");
  for (const [name, text] of [["title", card.title], ["place", card.place], ["quote", card.quote]]) {
    const line = document.createElement("div");
    line.className = `an-card-${name}`;
    line.textContent = text;
    box.appendChild(line);
  }
  root.appendChild(box);
  const at = link.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left - 24), window.innerWidth - box.offsetWidth - 8);
  const above = at.top - box.offsetHeight - 8;
  box.style.left = `${left}px`;
  box.style.top = `${above > 64 ? above : at.bottom + 8}px`;
  link.setAttribute("aria-describedby", box.id);
}

function hideCard(root) {
  root.querySelectorAll(".an-card").forEach((card) => card.remove());
  root.querySelectorAll("[aria-describedby]").forEach((link) => link.removeAttribute("aria-describedby"));
}
