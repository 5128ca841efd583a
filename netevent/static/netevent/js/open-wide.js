// <details data-open-wide>: open where there is room for it, closed on a phone; by hand it is one's own either way.
const wide = window.matchMedia("(min-width: 64rem)");

for (const details of document.querySelectorAll("details[data-open-wide]")) details.open = wide.matches;

// Open before it comes into the page: what is folded away can't get the focus back.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (wide.matches) detail.serverResponse = detail.serverResponse?.replaceAll("data-open-wide", "data-open-wide open");
});
