// [data-toast]: goes by itself after a while unless it is read with the pointer or the keyboard, or tells of an error.
// Others say: document.dispatchEvent(new CustomEvent("netevent:toast", { detail: { text, tone } })).
const STAYS_MS = 7000;

function start(toast) {
  if (toast.matches(".toast--error, .toast--warning")) return;
  let timer = setTimeout(() => toast.remove(), STAYS_MS);
  const wait = () => clearTimeout(timer);
  const resume = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), STAYS_MS);
  };
  toast.addEventListener("pointerenter", wait);
  toast.addEventListener("pointerleave", resume);
  toast.addEventListener("focusin", wait);
  toast.addEventListener("focusout", resume);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest("[data-toast]")?.remove();
});
document.addEventListener("netevent:toast", (event) => {
  const place = document.querySelector("[data-toasts]");
  const template = place?.querySelector("[data-toast-template]");
  if (!template) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  if (event.detail.tone) toast.classList.add(`toast--${event.detail.tone}`);
  toast.querySelector(".toast__text").textContent = event.detail.text;
  place.append(toast);
  start(toast);
});
document.querySelectorAll("[data-toasts] > [data-toast]").forEach(start);
