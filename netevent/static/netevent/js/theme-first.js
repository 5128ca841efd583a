// Before the first paint: the chosen theme, and the mark that scripts run. Small and blocking on purpose, so that nothing flashes.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const choice = localStorage.getItem("netevent.theme");
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  } catch {
    // Storage may be forbidden: the system's theme holds.
  }
})();
