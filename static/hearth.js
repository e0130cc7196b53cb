// What every page can do besides links and forms: shortcuts, popovers that close, copying, and noticing the first data.
// Nothing here is needed to read a page.

const SHORTCUTS = "hearth_shortcuts";
const LISTEN_MS = 4000;
const LISTEN_UP_TO_MS = 30 * 60 * 1000;

/** Single keys can be switched off, on the profile page: they are in the way of speech input and some keyboards. */
const shortcutsAreOn = () => {
  try {
    return localStorage.getItem(SHORTCUTS) !== "off";
  } catch {
    return true;
  }
};

const isTyping = (element) =>
  element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) || element.closest?.("[role=slider], [role=region], canvas") !== null;

const openPopovers = () => [...document.querySelectorAll("details.pop[open], .foot details[open]")];

/** Follows what carries the key: a link is clicked, a popover opened at its first field. */
function follow(key) {
  const target = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
  if (!target) return false;
  target.click();
  if (target.tagName === "SUMMARY") {
    target.parentElement.querySelector("input:not([type=hidden]), select, textarea, a")?.focus();
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    const [popover] = openPopovers();
    if (popover) {
      popover.open = false;
      popover.querySelector("summary").focus();
      return;
    }
  }
  if (!shortcutsAreOn() || isTyping(event.target)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (follow(key)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  for (const popover of openPopovers()) {
    if (!popover.contains(event.target)) popover.open = false;
  }
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button);
});

/** `data-copy` is the id of what is copied, or the text itself where there is no such element. */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
  let word = "Copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers have no clipboard for pages that came without TLS from another machine.
    if (source) getSelection().selectAllChildren(source);
    word = source && document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
  }
  const usual = (button.dataset.usual ??= button.textContent);
  button.textContent = word;
  say(word);
  setTimeout(() => (button.textContent = usual), 2000);
}

let voice;

/** Tells those who listen to the page instead of looking at it. */
function say(words) {
  if (!voice) {
    voice = document.createElement("p");
    voice.className = "hidden-text";
    voice.setAttribute("role", "status");
    document.body.append(voice);
  }
  voice.textContent = words;
}

/** Looks whether the first data have come, and shows the page that has them. */
function listen() {
  const until = Date.now() + LISTEN_UP_TO_MS;
  const look = async () => {
    if (Date.now() > until) return;
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { headers: { accept: "text/html" } });
        if (answer.redirected) return;
        if (answer.ok && !(await answer.text()).includes("data-listening")) return location.reload();
      } catch {
        // The server is away; it may come back.
      }
    }
    setTimeout(look, LISTEN_MS);
  };
  setTimeout(look, LISTEN_MS);
}

for (const button of document.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
for (const box of document.querySelectorAll("input[data-shortcuts]")) {
  box.checked = shortcutsAreOn();
  box.addEventListener("change", () => localStorage.setItem(SHORTCUTS, box.checked ? "on" : "off"));
}
if (document.querySelector("[data-listening]")) listen();
