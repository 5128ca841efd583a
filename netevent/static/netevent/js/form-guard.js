// Every POST form goes out once: a second press while it is on its way does nothing. Forms with [data-form-guard="off"] are left alone.
// An input [data-idempotency-key] gets a fresh key when the page shows, so that the server knows a repeated sending.
function giveKeys(root) {
  for (const input of root.querySelectorAll("input[data-idempotency-key]")) {
    if (!input.value) input.value = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(16).slice(2)}`;
  }
}

function release(form) {
  delete form.dataset.sending;
  form.querySelectorAll('[aria-busy="true"]').forEach((button) => button.removeAttribute("aria-busy"));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.formGuard === "off" || form.matches("[hx-post]") || event.defaultPrevented) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  // A file that is downloaded leaves the page as it was: let go after a while.
  setTimeout(() => release(form), 8000);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));
giveKeys(document);
document.addEventListener("htmx:load", (event) => giveKeys(event.target));
