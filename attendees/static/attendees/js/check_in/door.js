// The page at the door: camera, hand-held scanner, code and search all end in one POST, and the whole screen answers.
import { startCamera } from "./camera.js";
import { show, setUp as setUpAnswer } from "./answer.js";

const door = document.querySelector("[data-door]");
const token = door.querySelector("input[name=csrfmiddlewaretoken]").value;
const words = door.dataset;
const SAME_AGAIN = 4000; // a badge held before the camera is read many times: one scan is meant
let last = { text: "", at: 0 };
let busy = false;

async function post(address, body) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  return response.ok ? answer : { status: "error", label: answer.message || words.textOffline };
}

function connected(state) {
  const light = document.querySelector("[data-door-link]");
  light.dataset.state = state ? "online" : "away";
  const text = state ? words.textOnline : words.textAway;
  light.title = text;
  light.querySelector("[data-door-link-text]").textContent = text;
}

async function scan(text, { retry = 1, scanId = crypto.randomUUID(), at = new Date().toISOString() } = {}) {
  if (busy || !text.trim()) return;
  busy = true;
  try {
    const answer = await post(words.scan, { text, scan_id: scanId, scanned_at: at, checkpoint: Number(words.checkpoint) });
    connected(true);
    show(answer);
    if (answer.status === "in") refreshTotals();
  } catch {
    connected(false);
    busy = false;
    // The same scan id again: should the first try have arrived after all, its answer comes back and nothing is counted twice.
    if (retry > 0) return scan(text, { retry: retry - 1, scanId, at });
    show({ status: "error", label: words.textOffline });
  } finally {
    busy = false;
  }
}

function seen(text) {
  const now = Date.now();
  if (text === last.text && now - last.at < SAME_AGAIN) {
    last.at = now;
    return;
  }
  last = { text, at: now };
  scan(text);
}

async function refreshTotals() {
  try {
    const response = await fetch(words.totals, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.status);
    const totals = await response.json();
    document.querySelector("[data-door-inside]").textContent = totals.inside;
    document.querySelector("[data-door-expected]").textContent = totals.expected;
    const away = document.querySelector("[data-door-away]");
    away.textContent = totals.wont_come_text;
    away.hidden = !totals.wont_come;
    connected(true);
  } catch {
    connected(false);
  }
}

async function undo(scanId) {
  const answer = await post(words.undo, { scan: scanId });
  show(answer.status === "undone" ? { ...answer, label: words.textUndone } : answer);
  refreshTotals();
}

// One press is one act: the id of the scan came with the answer, so that a second press, or a second try, takes nothing twice.
async function take(person, method, retry = 1) {
  if (busy) return;
  busy = true;
  const { amount, scan: scanId, take: address } = person.unpaid;
  try {
    const answer = await post(address, { code: person.code, method, amount, scan_id: scanId, checkpoint: Number(words.checkpoint) });
    connected(true);
    show(answer);
    refreshTotals();
  } catch {
    connected(false);
    busy = false;
    if (retry > 0) return take(person, method, retry - 1);
    show({ ...person, label: words.textOffline });
  } finally {
    busy = false;
  }
}

function onSubmit(event) {
  const form = event.target.closest("form[data-door-scan]");
  if (!form) return;
  event.preventDefault();
  const field = form.elements.text;
  scan(field.value);
  if (form.matches("[data-door-code]")) {
    field.value = "";
    field.focus();
  }
}

let waiting;
async function search(form) {
  const query = new URLSearchParams(new FormData(form));
  const response = await fetch(`${words.search}?${query}`);
  if (response.ok) document.querySelector("[data-door-found]").innerHTML = await response.text();
}

// A hand-held scanner types very fast and ends with Enter, wherever the focus is.
const SCANNER_PAUSE = 60;
let typed = "";
let typedAt = 0;
function onKey(event) {
  const inField = event.target.closest?.("input, select, textarea");
  if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
  const now = performance.now();
  if (now - typedAt > SCANNER_PAUSE) typed = "";
  typedAt = now;
  if (event.key === "Enter" && typed.length > 3) {
    event.preventDefault();
    scan(typed);
    typed = "";
  } else if (event.key.length === 1) {
    typed += event.key;
  }
}

setUpAnswer({ undo, take });
startCamera(door, { seen, token });
document.addEventListener("submit", onSubmit);
document.addEventListener("keydown", onKey);
const searchForm = document.querySelector("[data-door-search]");
searchForm.addEventListener("submit", (event) => {
  event.preventDefault();
  search(searchForm);
});
searchForm.elements.q.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => search(searchForm), 200);
});
setInterval(() => document.visibilityState === "visible" && refreshTotals(), 5000);
