// Asks every two seconds whether something has arrived, and says so at once when it has.
const card = document.querySelector("[data-hears]");
const state = card?.querySelector("[data-state]");

if (card && state) {
  const before = JSON.parse(card.dataset.heard || "{}");
  const overview = card.dataset.hears.replace(/\/settings\/.*$/, "");
  let failures = 0;

  const say = (text, link) => {
    state.textContent = text;
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link;
      anchor.textContent = "Look at it";
      state.append(" ", anchor, ".");
    }
  };

  const ask = async () => {
    if (document.hidden) return false;
    const answer = await fetch(card.dataset.hears, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const heard = await answer.json();
    let arrived = false;
    for (const [source, last] of Object.entries(heard)) {
      if (last === null || last === before[source]) continue;
      arrived = true;
      const badge = card.querySelector(`[data-source="${source}"] .badge`);
      if (badge) {
        badge.textContent = "received";
        badge.classList.add("good");
      }
    }
    return arrived;
  };

  const listen = async () => {
    let wait = 2000;
    try {
      if (await ask()) {
        say("It works: something has just arrived.", overview);
        return;
      }
      failures = 0;
    } catch {
      failures += 1;
      wait = Math.min(2000 * 2 ** failures, 30000);
    }
    setTimeout(listen, wait);
  };

  say("Listening… send something, and this page says so.");
  listen();
}
