// Choose the square of a picture that is kept: the stage is that square, the picture moves and grows behind it. What is sent is the file as it
// came, with the square in pixels of the upright picture; without this script the server keeps the middle.
const MOST_ZOOM = 5; // times the smallest that fills the stage
const STEP = 0.05; // of the stage, for one press of an arrow
const ZOOM_STEP = 1.1;

const form = document.querySelector("[data-photo-form]");
const box = document.querySelector("[data-crop]");
const stage = box.querySelector("[data-crop-stage]");
const picture = box.querySelector("[data-crop-picture]");
const slider = box.querySelector("[data-crop-zoom]");
const said = box.querySelector("[data-crop-said]");
const view = { x: 0, y: 0, zoom: 1 }; // the square's upper left corner in the picture, and how large the picture is drawn
const fingers = new Map();

const width = () => picture.naturalWidth;
const height = () => picture.naturalHeight;
const side = () => Math.min(width(), height()) / view.zoom; // of the square, in the picture's pixels
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

function draw() {
  view.zoom = clamp(view.zoom, 1, MOST_ZOOM);
  view.x = clamp(view.x, 0, width() - side());
  view.y = clamp(view.y, 0, height() - side());
  const scale = stage.clientWidth / side();
  picture.style.transform = `scale(${scale}) translate(${-view.x}px, ${-view.y}px)`;
  slider.value = String(Math.round(((view.zoom - 1) / (MOST_ZOOM - 1)) * 100));
  for (const [name, value] of Object.entries({ x: view.x, y: view.y, w: side(), h: side() })) {
    form.elements[`crop_${name}`].value = value.toFixed(2);
  }
}

// Zoom around a point of the stage (0…1 across and down), which stays where it is.
function zoomTo(zoom, across = 0.5, down = 0.5) {
  const before = side();
  view.zoom = clamp(zoom, 1, MOST_ZOOM);
  view.x += (before - side()) * across;
  view.y += (before - side()) * down;
  draw();
}

function moveBy(across, down) {
  view.x -= across * side();
  view.y -= down * side();
  draw();
}

function tell() {
  said.textContent = said.dataset.text.replace("{zoom}", String(Math.round(view.zoom * 100)));
}

function show(file) {
  if (picture.src) URL.revokeObjectURL(picture.src);
  box.hidden = true;
  for (const name of "xywh") form.elements[`crop_${name}`].value = "";
  if (!file) return;
  picture.src = URL.createObjectURL(file);
  picture.decode().then(() => {
    box.hidden = false;
    Object.assign(view, { zoom: 1, x: (width() - Math.min(width(), height())) / 2, y: (height() - Math.min(width(), height())) * 0.4 });
    draw();
  }, () => {}); // a file that the browser can't show is judged by the server
}

const KEYS = {
  ArrowLeft: () => moveBy(-STEP, 0),
  ArrowRight: () => moveBy(STEP, 0),
  ArrowUp: () => moveBy(0, -STEP),
  ArrowDown: () => moveBy(0, STEP),
  "+": () => zoomTo(view.zoom * ZOOM_STEP),
  "=": () => zoomTo(view.zoom * ZOOM_STEP),
  "-": () => zoomTo(view.zoom / ZOOM_STEP),
};

function pinch(event) {
  const [one, other] = [...fingers.values()];
  const apart = Math.hypot(one.x - other.x, one.y - other.y);
  const area = stage.getBoundingClientRect();
  const moved = { ...fingers.get(event.pointerId), x: event.clientX, y: event.clientY };
  fingers.set(event.pointerId, moved);
  const [first, second] = [...fingers.values()];
  const now = Math.hypot(first.x - second.x, first.y - second.y);
  const centre = { x: (first.x + second.x) / 2 - area.left, y: (first.y + second.y) / 2 - area.top };
  if (apart > 0) zoomTo((view.zoom * now) / apart, centre.x / area.width, centre.y / area.height);
}

stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
stage.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  if (fingers.size === 2) {
    pinch(event);
    return;
  }
  moveBy((event.clientX - before.x) / stage.clientWidth, (event.clientY - before.y) / stage.clientWidth);
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => fingers.delete(event.pointerId));
stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const area = stage.getBoundingClientRect();
  zoomTo(view.zoom * (event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP), (event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height);
}, { passive: false });
stage.addEventListener("keydown", (event) => {
  if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  KEYS[event.key]();
  if (!event.key.startsWith("Arrow")) tell();
});
slider.addEventListener("input", () => zoomTo(1 + (slider.value / 100) * (MOST_ZOOM - 1)));
box.querySelector("[data-crop-more]").addEventListener("click", () => { zoomTo(view.zoom * ZOOM_STEP); tell(); });
box.querySelector("[data-crop-less]").addEventListener("click", () => { zoomTo(view.zoom / ZOOM_STEP); tell(); });
form.elements.photo.addEventListener("change", (event) => show(event.target.files[0]));
new ResizeObserver(() => box.hidden || draw()).observe(stage);
show(form.elements.photo.files[0]); // the browser may still hold the file when somebody comes back
