// What a scan is answered: the whole screen in colour, word, sound and vibration; ready for the next scan within a second.
const TONES = { in: "good", undone: "info", already_in: "warning", unpaid: "warning", too_early: "warning", too_late: "warning", needs_answers: "warning" };
const HOLD = { good: 1200, info: 1500 }; // refusals stay until somebody has read them
const NOTES = { good: [660, 880], info: [520], warning: [440, 440], bad: [300, 200] };
const BUZZ = { good: [80], info: [40], warning: [120, 80, 120], bad: [300, 100, 300] };

const box = document.querySelector("[data-door-answer]");
const part = (name) => box.querySelector(`[data-answer-${name}]`);
const door = document.querySelector("[data-door]");
let timer;
let current = null;
let sound = null;
let back = null;

function play(tone) {
  try {
    sound ??= new AudioContext();
    NOTES[tone].forEach((pitch, index) => {
      const wave = sound.createOscillator();
      const volume = sound.createGain();
      const start = sound.currentTime + index * 0.14;
      wave.frequency.value = pitch;
      volume.gain.setValueAtTime(0.15, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.13);
      wave.connect(volume).connect(sound.destination);
      wave.start(start);
      wave.stop(start + 0.13);
    });
  } catch {
    // A browser without sound still shows and vibrates.
  }
  navigator.vibrate?.(BUZZ[tone]);
}

function fill(name, text) {
  const element = part(name);
  element.textContent = text || "";
  element.hidden = !text;
}

function tell(lines) {
  const list = part("told");
  list.replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement("li");
      const said = document.createElement("strong");
      said.textContent = line.answer;
      item.append(`${line.question} `, said);
      return item;
    }),
  );
  list.hidden = !lines.length;
}

function fillPhoto(address) {
  const image = part("photo");
  image.hidden = !address;
  if (address) image.src = address;
  else image.removeAttribute("src");
}

export function show(answer) {
  const tone = TONES[answer.status] || "bad";
  current = answer;
  clearTimeout(timer);
  if (box.hidden) back = document.activeElement;
  box.dataset.tone = tone;
  box.dataset.status = answer.status;
  fill("word", answer.label);
  fillPhoto(answer.photo);
  fill("name", answer.name);
  fill("line", [answer.type, answer.organisation].filter(Boolean).join(" · "));
  fill("earlier", answer.earlier?.text);
  fill("note", [answer.note, answer.intends === "not_attending" ? door.dataset.textAwayIntends : ""].filter(Boolean).join(" · "));
  fill("taken", answer.taken);
  fill("unpaid", [answer.unpaid?.text, answer.unpaid?.hint].filter(Boolean).join(". "));
  part("money").hidden = !answer.unpaid?.take;
  tell(answer.told || []);
  part("ask").hidden = !answer.ask;
  if (answer.ask) part("ask").href = answer.ask;
  part("undo").hidden = !answer.may_undo;
  box.hidden = false;
  document.querySelector("main").dataset.state = answer.state || answer.status;
  part(answer.ask ? "ask" : "next").focus({ preventScroll: true });
  play(tone);
  if (HOLD[tone] && !answer.told?.length && !isAboutMoney(answer)) timer = setTimeout(hide, HOLD[tone]);
}

// Money deserves to be read; the next scan shows its own answer all the same.
function isAboutMoney(answer) {
  return Boolean(answer.taken || (answer.status === "undone" && answer.note));
}

export function hide() {
  clearTimeout(timer);
  box.hidden = true;
  back?.focus?.({ preventScroll: true });
}

export function setUp({ undo, take }) {
  part("next").addEventListener("click", hide);
  part("undo").addEventListener("click", () => undo(current.scan));
  part("money").addEventListener("click", (event) => {
    const button = event.target.closest("[data-answer-take]");
    if (button) take(current, button.dataset.answerTake);
  });
  box.addEventListener("pointerdown", () => clearTimeout(timer)); // somebody wants to read it, or to undo
  document.addEventListener("keydown", (event) => event.key === "Escape" && !box.hidden && hide());
}
