// <form data-autosubmit>: sends itself when a choice changes; its button is for those without JavaScript.
function hideButtons(root) {
  for (const form of root.querySelectorAll("form[data-autosubmit]")) {
    form.querySelectorAll("[data-autosubmit-button]").forEach((button) => (button.hidden = true));
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && !event.target.matches('[type="search"], [type="text"]')) form.requestSubmit();
});
hideButtons(document);
document.addEventListener("htmx:load", (event) => hideButtons(event.target));
