// [data-dialog-open="id"] opens <dialog id>; [data-dialog-close] and a click beside it close it. `data-dialog-now` opens at once.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialogOpen);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
    return;
  }
  const dialog = event.target.closest("dialog[data-dialog]");
  if (dialog && (event.target.closest("[data-dialog-close]") || event.target === dialog)) dialog.close();
});
document.querySelector("dialog[data-dialog-now]")?.showModal();
