const audio = find("#audio");
const wave = find("#wave");
const canvas = find("#canvas");
const head = find("#head");
const play = find("#play");
const spans = all("#transcript p > span");
const starts = data.lines.map((line) => line[0] / 100);
const chapters = all("#chapters a");
const bars = bytes(data.bars);
const SCROLL_PAUSE_MS = 4000;
let line = -1;
let word = -1;
let chapter = -1;
let said = "";
let times = [];
let places = [];
let scrolledAt = -SCROLL_PAUSE_MS;
let following = true;
let touched = false;

/** Length of the audio: what the browser decodes, or what the page was made for. */
const length = () => (Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : data.seconds);

/** Go to a time, and play if asked. */
function seek(seconds, start = false) {
  scrolledAt = -SCROLL_PAUSE_MS;
  touched = true;
  audio.currentTime = Math.min(Math.max(seconds, 0), Math.max(length() - 0.05, 0));
  if (start) audio.play().catch(() => {});
  const before = line;
  show();
  if (line >= 0 && line === before) bringIntoView(spans[line]);
}

/** Return when each word of a line begins, and where in its text. */
function wordsOf(index) {
  const [start, , , text, own] = data.lines[index];
  const shown = spans[index].textContent;
  const begins = own === undefined ? [0, ...[...shown.matchAll(/ /g)].map((space) => space.index + 1)] : own.split(" ").map(Number);
  return [text === "" ? [] : text.split(" ").map((delta) => (start + Number(delta)) / 100), begins];
}

/** Mark the line and the word that are heard now. */
function mark(now) {
  let index = lastAtMost(starts, now + 0.02);
  if (index >= 0 && now > data.lines[index][1] / 100 + 0.6) index = -1;
  if (index !== line) {
    if (line >= 0) spans[line].classList.remove("on");
    line = index;
    word = -1;
    [times, places] = index < 0 ? [[], []] : wordsOf(index);
    if (index >= 0) {
      spans[index].classList.add("on");
      bringIntoView(spans[index]);
    }
    if (window.CSS?.highlights) CSS.highlights.delete("word");
  }
  if (line < 0 || !window.CSS?.highlights) return;
  const at = lastAtMost(times, now + 0.02);
  if (at === word || at < 0) return;
  word = at;
  const text = spans[line].firstChild;
  const stop = at + 1 < places.length ? places[at + 1] : text.length;
  const range = document.createRange();
  range.setStart(text, Math.min(places[at], text.length));
  range.setEnd(text, Math.min(stop - (text.data[stop - 1] === " " ? 1 : 0), text.length));
  CSS.highlights.set("word", new Highlight(range));
}

/** Scroll a line into view, unless the reader scrolls or has switched it off. */
function bringIntoView(span) {
  if (!following || performance.now() - scrolledAt < SCROLL_PAUSE_MS || (audio.paused && !touched)) return;
  const box = span.getBoundingClientRect();
  const top = find("#player").getBoundingClientRect().bottom + 16;
  if (box.top < top || box.bottom > window.innerHeight - 48) {
    const smooth = !audio.paused && !matchMedia("(prefers-reduced-motion: reduce)").matches && Math.abs(box.top - top) < 2 * window.innerHeight;
    window.scrollTo({ top: window.scrollY + box.top - top - window.innerHeight * 0.12, behavior: smooth ? "smooth" : "instant" });
  }
}

/** Bring everything that depends on the time up to date. */
function show() {
  const now = audio.currentTime;
  const total = length();
  const index = lastAtMost(data.chapters, now + 0.02);
  if (index !== chapter) {
    if (chapters[chapter]) chapters[chapter].removeAttribute("aria-current");
    chapter = index;
    if (chapters[chapter]) chapters[chapter].setAttribute("aria-current", "true");
    find("#here").textContent = chapters[chapter] ? chapters[chapter].lastElementChild.textContent : "";
    said = "";
  }
  // This runs for every frame while it plays: what has not changed is left alone.
  if (clock(now) !== said) {
    said = clock(now);
    const title = find("#here").textContent;
    find("#now").textContent = said;
    wave.setAttribute("aria-valuenow", String(Math.floor(now)));
    wave.setAttribute("aria-valuetext", `${said} of ${clock(total)}${title ? `, ${title}` : ""}`);
  }
  mark(now);
  paint();
}

/** Draw the waveform: each bar in the colour of who speaks, what is to come paler, chapters as lines. */
function paint() {
  const size = canvas.width && canvas.dataset.fit ? sizes : fit();
  if (!size) return;
  const { context, width, height } = size;
  const total = length();
  head.style.transform = `translateX(${((audio.currentTime / total) * width).toFixed(1)}px)`;
  const step = width < 500 ? 3 : 4;
  const count = Math.floor(width / step);
  const played = Math.floor((audio.currentTime / total) * count);
  if (played === drawnUpTo) return;
  drawnUpTo = played;
  const colours = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => palette[`s${number}`]);
  context.clearRect(0, 0, width, height);
  for (let bar = 0; bar < count; bar += 1) {
    const seconds = ((bar + 0.5) / count) * total;
    const index = lastAtMost(starts, seconds);
    const spoken = index >= 0 && seconds <= data.lines[index][1] / 100 + 0.15;
    let level = bars.length ? 0 : 40;
    const from = Math.floor((bar * bars.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * bars.length) / count));
    for (let at = from; at < to && at < bars.length; at += 1) level = Math.max(level, bars[at]);
    const tall = Math.max(2, (level / 255) * (height - 8));
    context.globalAlpha = bar < played ? 1 : 0.38;
    context.fillStyle = spoken ? colours[data.lines[index][2]] : palette.mute;
    context.fillRect(bar * step, (height - tall) / 2, step - 1.5, tall);
  }
  context.globalAlpha = 0.55;
  context.fillStyle = palette.ink;
  for (const start of data.chapters) {
    if (start > 0) context.fillRect(Math.round((start / total) * width), 0, 1, height);
  }
}

let sizes = null;
let drawnUpTo = -1;
const palette = {};
function fit() {
  drawnUpTo = -1;
  sizes = fitted(canvas);
  canvas.dataset.fit = sizes ? "yes" : "";
  for (const name of ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "mute", "ink"]) palette[name] = colour(name);
  return sizes;
}

/** While it plays, follow the clock of the screen: the browser's own event comes only four times a second. */
function tick() {
  show();
  if (!audio.paused) requestAnimationFrame(tick);
}

function fromHash() {
  const found = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (found) seek(Number(found[1]));
}

function step(by) {
  const at = Math.max(lastAtMost(data.chapters, audio.currentTime + 0.02), 0) + by;
  // Back goes to the start of this chapter first, as players of music do.
  const wanted = by < 0 && audio.currentTime - (data.chapters[at + 1] ?? 0) > 3 ? at + 1 : at;
  if (data.chapters[wanted] !== undefined) seek(data.chapters[wanted]);
}

function faster(by) {
  const choice = find("#speed");
  choice.selectedIndex = Math.min(Math.max(choice.selectedIndex + by, 0), choice.options.length - 1);
  choice.dispatchEvent(new Event("change"));
}

function setFollowing(on) {
  following = on;
  find("#follow").setAttribute("aria-pressed", String(on));
  if (on && line >= 0) {
    scrolledAt = -SCROLL_PAUSE_MS;
    bringIntoView(spans[line]);
  }
}

const toggle = () => (audio.paused ? audio.play().catch(() => {}) : audio.pause());
const keys = {
  " ": toggle, k: toggle, j: () => seek(audio.currentTime - 10), l: () => seek(audio.currentTime + 10),
  ArrowLeft: () => seek(audio.currentTime - 5), ArrowRight: () => seek(audio.currentTime + 5),
  n: () => step(1), p: () => step(-1), f: () => setFollowing(!following), "+": () => faster(1), "=": () => faster(1), "-": () => faster(-1),
};

/** Decode audio that is inside the page, in parts, since one string of a hundred million letters is too much for some browsers. */
function unpack(element) {
  const text = element.textContent;
  const parts = [];
  for (let at = 0; at < text.length; at += 4 << 18) {
    const decoded = atob(text.slice(at, at + (4 << 18)));
    const part = new Uint8Array(decoded.length);
    for (let index = 0; index < decoded.length; index += 1) part[index] = decoded.charCodeAt(index);
    parts.push(part);
  }
  element.remove();
  return URL.createObjectURL(new Blob(parts, { type: element.dataset.type }));
}

audio.controls = false;
if (find("#embedded")) audio.src = unpack(find("#embedded"));
find("#controls").hidden = false;
audio.addEventListener("play", () => {
  play.dataset.on = "yes";
  play.setAttribute("aria-label", "Pause");
  tick();
});
for (const name of ["pause", "ended"]) {
  audio.addEventListener(name, () => {
    delete play.dataset.on;
    play.setAttribute("aria-label", "Play");
    show();
  });
}
for (const name of ["seeked", "timeupdate"]) audio.addEventListener(name, show);
audio.addEventListener("durationchange", () => {
  canvas.dataset.fit = "";
  show();
});
audio.addEventListener("error", () => {
  find("#here").textContent = find("#told").textContent = "The audio file is not beside this page, or cannot be played.";
});
play.addEventListener("click", toggle);
find("#back").addEventListener("click", () => seek(audio.currentTime - 10));
find("#forth").addEventListener("click", () => seek(audio.currentTime + 10));
find("#follow").addEventListener("click", () => setFollowing(!following));
find("#speed").addEventListener("change", (event) => {
  audio.playbackRate = Number(event.target.value);
  find("#told").textContent = `Speed ${event.target.value}`;
});
const along = (event) => {
  const box = wave.getBoundingClientRect();
  seek(((event.clientX - box.left) / box.width) * length());
};
wave.addEventListener("pointerdown", (event) => {
  wave.setPointerCapture(event.pointerId);
  along(event);
});
wave.addEventListener("pointermove", (event) => {
  if (wave.hasPointerCapture(event.pointerId)) along(event);
});
wave.addEventListener("keydown", (event) => {
  const to = { Home: 0, End: length(), PageUp: audio.currentTime + 30, PageDown: audio.currentTime - 30, ArrowUp: audio.currentTime + 5, ArrowDown: audio.currentTime - 5 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  seek(to);
});
find("#transcript").addEventListener("click", (event) => {
  const index = spans.indexOf(event.target);
  if (index < 0 || String(getSelection())) return;
  const [when, where] = wordsOf(index);
  const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY) ?? document.caretRangeFromPoint?.(event.clientX, event.clientY);
  const offset = caret ? (caret.offset ?? caret.startOffset) : 0;
  const at = Math.min(Math.max(lastAtMost(where, offset), 0), when.length - 1);
  seek(when[at] ?? starts[index], true);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#t="]');
  if (!link) return;
  event.preventDefault();
  history.replaceState(null, "", link.hash);
  seek(Number(link.dataset.start ?? link.hash.slice(3)), true);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const within = event.target.closest("button, a, summary, select, input, textarea");
  if (within && (event.key === " " || within.matches("select, input, textarea"))) return;
  const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
for (const name of ["wheel", "touchmove"]) {
  addEventListener(name, () => (scrolledAt = performance.now()), { passive: true });
}
addEventListener("hashchange", fromHash);
drawn(canvas, () => {
  canvas.dataset.fit = "";
  paint();
});
if ("mediaSession" in navigator) {
  navigator.mediaSession.metadata = new MediaMetadata({ title: find("h1").textContent, artist: find(".show")?.textContent ?? "" });
  navigator.mediaSession.setActionHandler("seekbackward", () => seek(audio.currentTime - 10));
  navigator.mediaSession.setActionHandler("seekforward", () => seek(audio.currentTime + 10));
  navigator.mediaSession.setActionHandler("previoustrack", () => step(-1));
  navigator.mediaSession.setActionHandler("nexttrack", () => step(1));
}
if (matchMedia("(max-width: 60rem)").matches) find("nav details")?.removeAttribute("open");
if (audio.readyState >= 1) fromHash();
else audio.addEventListener("loadedmetadata", fromHash, { once: true });
show();
