// <details data-open-wide>: open where there is room for it, closed on a phone; by hand it is one's own either way.
const wide = window.matchMedia("(min-width: 64rem)");

function openWhereWide(root) {
  for (const details of root.querySelectorAll("details[data-open-wide]")) details.open = wide.matches;
}

openWhereWide(document);
document.addEventListener("htmx:load", (event) => openWhereWide(event.target));
