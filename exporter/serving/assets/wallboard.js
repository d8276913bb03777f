"use strict";
const EVERY = 5000, PATIENCE = 10000;
const lost = document.querySelector("#lost");
let answeredAt = new Date(), asking = false;

// What is the same stays as it is: so focus, selection, scrolling and open tables survive.
function renew(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh.cloneNode(true));
  } else if (old.nodeType === Node.ELEMENT_NODE) {
    dress(old, fresh);
    const kept = [...old.childNodes], wanted = [...fresh.childNodes];
    wanted.forEach((node, place) =>
      kept[place] ? renew(kept[place], node) : old.append(node.cloneNode(true)));
    kept.slice(wanted.length).forEach((node) => node.remove());
  } else if (old.data !== fresh.data) {
    old.data = fresh.data;
  }
}

function dress(old, fresh) {
  for (const {name, value} of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const {name} of [...old.attributes])
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
}

async function fetched() {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE);
  try {
    const answer = await fetch(location.href, {cache: "no-store", signal: giveUp.signal});
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } finally {
    clearTimeout(timer);
  }
}

function show(page) {
  const {build} = document.documentElement.dataset;
  if (!page.querySelector("main")) throw new Error("not this page");
  if (page.documentElement.dataset.build !== build) { location.reload(); return; }
  for (const part of ["#news", "main", "footer"])
    renew(document.querySelector(part), page.querySelector(part));
  answeredAt = new Date();
  lost.hidden = true;
  lost.textContent = "";
  document.body.classList.remove("lost");
}

function miss() {
  if (!lost.hidden) return;
  const at = answeredAt.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"});
  lost.hidden = false;
  lost.textContent = `These numbers are from ${at}; no answer since. `
    + "Look whether deskpulse runs and whether this screen reaches it.";
  document.body.classList.add("lost");
}

async function ask() {
  if (asking || document.hidden) return;
  asking = true;
  try { show(await fetched()); } catch { miss(); } finally { asking = false; }
}

setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
