// htmx comes only to pages that use it, and speaks with the page's own CSRF token.
const USES = "[hx-get], [hx-post], [hx-boost], [hx-put], [hx-delete]";

function token() {
  const field = document.querySelector('input[name="csrfmiddlewaretoken"]');
  return field?.value || /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] || "";
}

if (document.querySelector(USES)) {
  const script = document.createElement("script");
  script.src = document.querySelector('meta[name="htmx-source"]').content;
  document.head.append(script);
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });
}
