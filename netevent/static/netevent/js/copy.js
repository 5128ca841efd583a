// [data-copy]: copies the field inside it and says so for a moment.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-button]");
  const field = button?.closest("[data-copy]")?.querySelector("input, textarea");
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // without https there is no clipboard interface
  }
  const word = button.querySelector("[data-copy-word]") || button;
  const before = word.textContent;
  if (before === button.dataset.copied) return;
  word.textContent = button.dataset.copied;
  setTimeout(() => (word.textContent = before), 2000);
});
