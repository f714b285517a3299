// The bench's panel: LEDs and volts stay fresh, buttons and slider act without a reload. All of it works without this.
"use strict";

(() => {
  const LOOK_MS = 300;
  const bench = document.getElementById("bench");
  const slider = document.getElementById("volts");
  const turned = document.getElementById("turned");

  async function look() {
    try {
      const answer = await fetch(bench.dataset.fragment, { cache: "no-store" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["leds", "supply"]) {
        const old = document.getElementById(id);
        const part = fresh.getElementById(id);
        if (!old.isEqualNode(part)) old.replaceWith(part);
      }
    } catch {
      // The bench has ended or restarts; the next look will tell.
    }
  }

  async function watch() {
    if (!document.hidden) await look();
    setTimeout(watch, LOOK_MS);
  }

  function send(form, button) {
    const body = new URLSearchParams(new FormData(form));
    if (button?.name) body.set(button.name, button.value);
    return fetch(form.action, { method: "POST", body }).then(look, () => form.submit());
  }

  bench.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, event.submitter);
  });
  slider.addEventListener("input", () => { turned.textContent = `${Number(slider.value).toFixed(1)} V`; });
  slider.addEventListener("change", () => send(slider.form));

  watch();
})();
