// [data-error-summary]: takes the focus, so that what is wrong is read first.
function focusFirst(root) {
  root.querySelector("[data-error-summary]")?.focus({ preventScroll: false });
}

focusFirst(document);
document.addEventListener("htmx:load", (event) => focusFirst(event.target));
