// Questions that depend on another answer, or on the attendee type, hide while they are not asked. The server decides; this only tidies up.
const form = document.querySelector("[data-questions]").closest("form");
const blocks = [...form.querySelectorAll("[data-question]")];

function said(name) {
  return new FormData(form).getAll(name).map(String).map((word) => word.trim()).filter(Boolean);
}

function fits(block) {
  const { types, source, values } = block.dataset;
  if (types && !types.split(" ").includes(said("attendee_type")[0])) return false;
  if (!source) return true;
  const before = form.querySelector(`[data-question="${CSS.escape(source)}"]`);
  if (before && before.hidden) return false;
  const wanted = JSON.parse(values);
  const words = said(source);
  return wanted.length ? words.some((word) => wanted.includes(word)) : words.length > 0;
}

function tidy() {
  // As often as there are questions: one may wait for one that stands below it.
  for (let round = 0; round <= blocks.length; round += 1) {
    const changed = blocks.filter((block) => block.hidden === fits(block));
    for (const block of changed) block.hidden = !block.hidden;
    if (!changed.length) return;
  }
}

for (const line of form.querySelectorAll("[data-condition]")) line.hidden = true;
form.addEventListener("input", tidy);
form.addEventListener("change", tidy);
window.addEventListener("pageshow", tidy); // a browser that goes back fills fields in again
tidy();
