// Looks the parts of a page up again when something happens. Pages work without it.
(() => {
  "use strict";
  const at = document.body.dataset.at;
  const live = document.getElementById("live");

  const tick = () => {
    for (const one of document.querySelectorAll("[data-until]")) {
      const left = Math.max(0, Math.ceil((Number(one.dataset.until) - Date.now()) / 1000));
      const [minutes, seconds] = [Math.floor(left / 60), String(left % 60).padStart(2, "0")];
      one.textContent = left === 0 ? "used up" : `${minutes}:${seconds} min`;
      const bar = one.parentElement.querySelector("progress");
      if (bar) bar.value = Math.min(bar.max, left * 1000);
    }
  };
  tick();
  setInterval(tick, 1000);
  if (!at || !window.EventSource || !live) return;

  const say = (text) => {
    if (live.textContent !== text) live.textContent = text;
  };
  // What somebody writes in stays as it is.
  const isInUse = (part) => {
    if (part.contains(document.activeElement)) return true;
    const fields = [...part.querySelectorAll("input:not([type=hidden]), textarea")];
    return fields.some((one) => one.value !== one.defaultValue);
  };
  const look = async () => {
    const answer = await fetch(at, { credentials: "same-origin", headers: { accept: "text/html" } });
    if (!answer.ok) return say("not live: load the page again");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      // What is opened stays open: a journal only grows at its end.
      const opened = next ? [...next.querySelectorAll("details")] : [];
      part.querySelectorAll("details").forEach((one, place) => {
        if (opened[place]) opened[place].open = one.open;
      });
      if (next && !isInUse(part) && !part.isEqualNode(next)) part.replaceWith(document.adoptNode(next));
    }
    // It is read out, so it changes only where it says something else.
    const [said, says] = [document.getElementById("lead"), fresh.getElementById("lead")];
    if (said && says && said.textContent !== says.textContent) said.replaceChildren(...says.childNodes);
    const [old, now] = [document.querySelector("footer time"), fresh.querySelector("footer time")];
    if (old && now) old.replaceWith(document.adoptNode(now));
    tick();
  };

  let waits = null;
  const soon = () => {
    if (waits !== null) return;
    waits = setTimeout(() => {
      waits = null;
      look().catch(() => say("not live: the server does not answer"));
    }, 300);
  };
  const events = new EventSource("/api/v1/events");
  events.onopen = () => {
    say("live");
    soon();
  };
  events.onmessage = soon;
  events.onerror = () => say("not live: the server does not answer");
  // Values change without an event.
  setInterval(soon, 10000);
})();
