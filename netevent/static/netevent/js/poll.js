// [data-poll="/address"]: its content is fetched again every `data-poll-seconds` (default 2) until the answer has no [data-poll] or says so
// with status 286. The answer is the partial itself. Waits longer while the page is hidden or the network is away.
const SLOWEST_SECONDS = 30;

async function fetched(part) {
  const answer = await fetch(part.dataset.poll, { headers: { "X-Requested-With": "fetch", Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  const body = document.createElement("template");
  body.innerHTML = await answer.text();
  return body.content.querySelector("[data-poll], [data-poll-done]") || body.content.firstElementChild;
}

function later(part, seconds) {
  setTimeout(() => renew(part, seconds), seconds * 1000);
}

async function renew(part, seconds) {
  if (!part.isConnected) return;
  if (document.hidden) return later(part, seconds);
  try {
    const next = await fetched(part);
    part.replaceWith(next);
    document.dispatchEvent(new CustomEvent("netevent:renewed", { detail: { part: next } }));
    if (next.matches("[data-poll]")) start(next);
  } catch {
    later(part, Math.min(SLOWEST_SECONDS, seconds * 2));
  }
}

function start(part) {
  later(part, Number(part.dataset.pollSeconds) || 2);
}

document.querySelectorAll("[data-poll]").forEach(start);
