// <time data-local-time datetime="…+01:00">: the event's time stands in the text; where the reader's clock differs, theirs is added.
function offsetOf(text) {
  const match = /([+-])(\d\d):(\d\d)$/.exec(text);
  return match ? (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

function add(time) {
  if (time.dataset.localTime === "shown") return;
  time.dataset.localTime = "shown";
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime()) || -moment.getTimezoneOffset() === offsetOf(time.dateTime)) return;
  const text = new Intl.DateTimeFormat(document.documentElement.lang, {
    weekday: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  }).format(moment);
  const note = document.createElement("span");
  note.className = "local-time";
  note.textContent = ` (${text})`;
  time.append(note);
}

function addAll(root) {
  root.querySelectorAll("time[data-local-time]").forEach(add);
}

addAll(document);
document.addEventListener("htmx:load", (event) => addAll(event.target));
