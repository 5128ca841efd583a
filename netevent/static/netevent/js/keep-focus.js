// What had the focus before htmx changed a part of the page has it again afterwards, where it is still there.
let focused = "";

document.addEventListener("htmx:beforeSwap", () => (focused = document.activeElement?.id || ""));
document.addEventListener("htmx:afterSettle", () => {
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
  focused = "";
});
