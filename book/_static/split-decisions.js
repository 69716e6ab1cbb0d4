// What the pages do beyond reading: colours, copying, searching, "where am I". Every page is whole without it.

const root = document.documentElement;
const find = (selector, from = document) => [...from.querySelectorAll(selector)];

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// Light or dark: the system's choice, until the reader makes another; going back to the system's forgets it.

const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

function remember(theme) {
  try {
    theme ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme");
  } catch {
    // storage is closed: the choice holds for this page
  }
}

for (const button of find("[data-theme-switch]")) {
  const tell = () => button.setAttribute("aria-pressed", isDark());
  button.hidden = false;
  tell();
  system.addEventListener("change", tell);
  button.addEventListener("click", () => {
    const dark = !isDark();
    const chosen = dark === system.matches ? "" : dark ? "dark" : "light";
    chosen ? (root.dataset.theme = chosen) : delete root.dataset.theme;
    remember(chosen);
    tell();
  });
}

// Copying code: what goes in, not what came out.

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = make("textarea", { value: text, style: "position:fixed;opacity:0" }); // plain http
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser refused to copy");
}

for (const code of find("[class*=highlight-] > .highlight > pre")) {
  if (code.closest(".cell_output .output:not(.text_markdown)")) continue;
  const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", async () => {
    button.textContent = await copy(code.textContent.trimEnd() + "\n").then(
      () => "Copied",
      () => "Not copied",
    );
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  code.parentElement.parentElement.append(button);
}

// What is wider than the screen scrolls inside itself: the keyboard has to get there, too.

function reachable() {
  for (const box of find("pre, .contents-table, .pst-scrollable-table-container, .output")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
reachable();
addEventListener("resize", reachable);

// Where on the page am I?

const marks = new Map(find("#on-this-page li a[href^='#']").map((link) => [link.hash.slice(1), link]));
const onPage = document.getElementById("on-this-page");
if (marks.size) {
  const sections = [...marks.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const passed = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3);
    for (const [id, link] of marks) {
      if (passed.at(-1)?.id === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  const watch = new IntersectionObserver(mark, { rootMargin: "0px 0px -66% 0px" });
  sections.forEach((section) => watch.observe(section));
  onPage.addEventListener("click", (event) => {
    if (event.target.closest("a") && onPage.matches(":popover-open")) onPage.hidePopover();
  });
}

// Questions are open on paper.

let shut = [];
addEventListener("beforeprint", () => {
  shut = find("details:not([open])");
  shut.forEach((one) => (one.open = true));
});
addEventListener("afterprint", () => shut.forEach((one) => (one.open = false)));

// Searching: the index comes when somebody searches, and only the parts of it that the words need.

const SMALL = new Set(
  "a an and are as at be by can do does for from how i in is it my of on or the there this to was what when where which who why will with you your".split(
    " ",
  ),
);
let index;

/** Whether a page really has the word: the index, finding nothing, answers with whatever begins alike. */
function has(page, word) {
  const stem = word.length > 5 ? word.slice(0, -2) : word;
  return new RegExp(`(^|[^\\p{L}\\p{N}])${stem.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "iu").test(`${page.meta.title} ${page.content}`);
}

/** Pages that hold all words, or else those that hold most of them, best first. */
async function search(index, query) {
  const words = query.toLowerCase().match(/[\p{L}\p{N}_.+'-]+/gu) ?? [];
  const telling = words.filter((word) => !SMALL.has(word));
  const wanted = telling.length ? telling : words;
  const found = new Map();
  for (const asked of new Set([wanted.join(" "), ...wanted])) {
    for (const result of (await index.search(asked)).results) {
      if (found.has(result.id)) continue;
      const page = await result.data();
      found.set(result.id, { page, score: result.score, hits: wanted.filter((word) => has(page, word)).length });
    }
    if ([...found.values()].some((one) => one.hits === wanted.length)) break;
  }
  const ranked = [...found.values()].sort((a, b) => b.hits - a.hits || b.score - a.score);
  return ranked.filter((one) => one.hits && one.hits === ranked[0].hits).map((one) => one.page);
}

function hit(place, below = []) {
  const excerpt = make("p", { innerHTML: place.excerpt }); // made by the index: escaped but for <mark>
  const item = make("li", {}, make("a", { href: place.url, textContent: place.title ?? place.meta.title }), excerpt);
  if (below.length) item.append(make("ol", {}, ...below.map((part) => hit(part))));
  return item;
}

function finder(place) {
  const input = make("input", { type: "search", autocomplete: "off", placeholder: "Search the book" });
  input.setAttribute("aria-label", "Search the book");
  const status = make("p");
  status.setAttribute("role", "status");
  const list = make("ol");
  place.append(make("div", { className: "finder" }, input, status, list));
  let asked = 0;
  const ask = async () => {
    const query = input.value.trim();
    const mine = ++asked;
    if (!query) {
      list.replaceChildren();
      status.textContent = "";
      return;
    }
    try {
      index ??= import(new URL("pagefind/pagefind.js", new URL(place.dataset.root || "./", location.href)));
      const results = await search(await index, query);
      const pages = results.slice(0, 8);
      if (mine !== asked) return;
      list.replaceChildren(...pages.map((page) => hit(page, page.sub_results.filter((part) => part.title !== page.meta.title).slice(0, 3))));
      status.textContent = results.length === 0 ? `Nothing here has “${query}” in it` : results.length === 1 ? "1 page" : `${results.length} pages`;
    } catch {
      index = undefined;
      status.textContent = "The search index could not be loaded. Is there a network?";
    }
  };
  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      clearTimeout(waiting); // or its answer would come between, and the click would go to an earlier one
      ask().then(() => list.querySelector("a")?.click());
    }
    if (event.key === "Escape") place.closest("dialog")?.close(); // some browsers would only empty the field
  });
  place.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [input, ...find("a", list)];
    stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement) + step))].focus();
  });
  return { input, ask };
}

const dialog = document.getElementById("search-dialog");
const page = document.getElementById("search-page");
if (page) {
  const { input, ask } = finder(page);
  input.value = new URLSearchParams(location.search).get("q") ?? "";
  input.focus();
  ask();
}
if (dialog) {
  let made;
  const open = () => {
    made ??= finder(dialog);
    dialog.showModal();
    made.input.select();
  };
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("a")) dialog.close();
  });
  for (const link of find("[data-search]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open();
    });
  }
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable=true]");
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    const k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    if (typing || dialog.open || !(slash || k)) return;
    event.preventDefault();
    open();
  });
}
