// The camera: the browser's own detector, else jsQR where it was built, else one frame a second read by the server.
const NATIVE_PAUSE = 150;
const DECODER_PAUSE = 200;
const SERVER_PAUSE = 1000;
const FRAME_WIDTH = 640;

let stream = null;
let running = 0;

function say(door, text) {
  const line = door.querySelector("[data-door-why]");
  line.textContent = text;
  line.hidden = !text;
}

async function nativeReader() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return { pause: NATIVE_PAUSE, read: async (video) => (await detector.detect(video))[0]?.rawValue || "" };
}

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

const canvas = document.createElement("canvas");
function grab(video) {
  const scale = Math.min(1, FRAME_WIDTH / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context;
}

async function decoderReader(address) {
  if (!address) return null;
  await loadScript(address).catch(() => {});
  if (!window.jsQR) return null;
  return {
    pause: DECODER_PAUSE,
    read: async (video) => {
      const picture = grab(video).getImageData(0, 0, canvas.width, canvas.height);
      return window.jsQR(picture.data, picture.width, picture.height, { inversionAttempts: "dontInvert" })?.data || "";
    },
  };
}

function serverReader(address, token) {
  return {
    pause: SERVER_PAUSE,
    read: async (video) => {
      grab(video);
      const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
      const response = await fetch(address, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" }, body: picture });
      return response.ok ? (await response.json()).text : "";
    },
  };
}

async function reader(door, token) {
  return (await nativeReader()) || (await decoderReader(door.dataset.decoder)) || serverReader(door.dataset.frame, token);
}

async function look(video, source, seen, mine) {
  while (running === mine) {
    if (document.visibilityState === "visible" && video.videoWidth) {
      const text = await source.read(video).catch(() => "");
      if (text && running === mine) seen(text);
    }
    await new Promise((resolve) => setTimeout(resolve, source.pause));
  }
}

export function startCamera(door, { seen, token }) {
  const panel = door.querySelector("[data-door-camera]");
  const video = door.querySelector("[data-door-video]");
  const start = door.querySelector("[data-door-start]");
  const stop = door.querySelector("[data-door-stop]");
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
    panel.hidden = true;
    say(door, door.dataset.textInsecure);
    door.querySelector("[data-door-code] input[name=text]").focus();
    return;
  }
  panel.hidden = false;

  function end() {
    running += 1;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    panel.dataset.on = "";
    start.hidden = false;
    stop.hidden = true;
  }

  async function begin() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
    } catch (error) {
      say(door, error.name === "NotAllowedError" ? door.dataset.textDenied : door.dataset.textNone);
      return;
    }
    say(door, "");
    video.srcObject = stream;
    await video.play();
    panel.dataset.on = "yes";
    start.hidden = true;
    stop.hidden = false;
    running += 1;
    look(video, await reader(door, token), seen, running);
  }

  start.addEventListener("click", begin);
  stop.addEventListener("click", end);
  // Somebody who allowed it before need not press again.
  navigator.permissions?.query({ name: "camera" }).then((state) => state.state === "granted" && begin()).catch(() => {});
}
