// Keeps the status page fresh. Without this file the page reloads itself every two seconds.
//
// A message on /events says that something changed; the changed part is then fetched from /fragment. When no message
// comes (no seat left, Wi-Fi gone quiet) the fragment is asked for anyway. Nothing is ever sent but these two GETs.
"use strict";

(() => {
  const SILENCE_MS = 2500;    // without a message for this long, ask
  const PATIENCE_MS = 4000;   // an answer that takes longer is none
  const LOST_MS = 8000;       // without an answer for this long, say so
  const SEAT_MS = 30000;      // a refused listener tries again after this

  const screen = document.getElementById("screen");
  const announce = document.getElementById("announce");
  const lost = document.getElementById("lost");
  const lostSince = document.getElementById("lost-since");

  let events = null;
  let asking = false;
  let again = false;
  let answeredAt = performance.now();
  let askedAt = performance.now();
  let seatAskedAt = 0;
  let announced = "";

  function put(html) {
    const parsed = new DOMParser().parseFromString(`<main>${html}</main>`, "text/html").querySelector("main");
    times(parsed);
    const fresh = [...parsed.children];
    const ids = new Set(fresh.map((part) => part.id));
    for (const old of [...screen.children]) if (!ids.has(old.id)) old.remove();
    fresh.forEach((part, place) => {
      const old = document.getElementById(part.id);
      if (old === null) screen.insertBefore(part, screen.children[place] ?? null);
      else if (!old.isEqualNode(part)) old.replaceWith(part);
    });
    tell(document.getElementById("phase").dataset);
  }

  // The appliance tells how long; the time of day is read off the phone's clock, because the appliance's may be wrong.
  function times(part) {
    for (const mark of part.querySelectorAll("[data-in-s]")) {
      const at = new Date(Date.now() + 1000 * Number(mark.dataset.inS));
      mark.textContent = `, about ${at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
    }
  }

  function tell(phase) {
    document.title = phase.title;
    if (phase.key === announced) return;
    announced = phase.key;
    announce.textContent = phase.announce;
  }

  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    askedAt = performance.now();
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(screen.dataset.fragment, { cache: "no-store", signal: stop.signal });
      if (answer.ok) {
        put(await answer.text());
        answeredAt = performance.now();
        doubt(false);
      }
    } catch {
      // Not reachable: the tick below says so in words once it has lasted.
    } finally {
      clearTimeout(timer);
      asking = false;
      if (again) { again = false; refresh(); }
    }
  }

  function listen() {
    if (events !== null && events.readyState !== EventSource.CLOSED) return;
    if (performance.now() - seatAskedAt < SEAT_MS && seatAskedAt !== 0) return;
    seatAskedAt = performance.now();
    events = new EventSource(screen.dataset.events);
    events.onmessage = refresh;
  }

  function hush() {
    if (events !== null) events.close();
    events = null;
    seatAskedAt = 0;
  }

  // In doubt the page greys out and takes back "safe to unplug".
  function doubt(doubted) {
    screen.classList.toggle("old", doubted);
    if (!doubted) lost.hidden = true;
  }

  function tick() {
    if (document.hidden) return;
    listen();
    if (performance.now() - askedAt > SILENCE_MS) refresh();
    const silent = performance.now() - answeredAt;
    if (silent < LOST_MS) return;
    lost.hidden = false;
    lostSince.textContent = `${Math.round(silent / 1000)} s`;
    doubt(true);
  }

  // A phone in a pocket gives its seat to somebody who looks; taken out, it doubts what it shows until it has asked.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { hush(); return; }
    doubt(true);
    listen();
    refresh();
  });

  times(screen);
  announced = document.getElementById("phase").dataset.key;
  listen();
  setInterval(tick, 1000);
})();
