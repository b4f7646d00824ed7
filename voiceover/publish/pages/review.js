const audio = find("#audio");
const solo = find("#solo");
const chart = find("#chart");
const canvas = find("#canvas");
const list = find("#list");
const takes = all(".take");
const peaks = bytes(data.peaks);
const levels = bytes(data.levels);
const STEPS = 10;
const LOWEST_LUFS = -42;
let stopAt = Infinity;
let playing = null;

const length = () => (Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : data.seconds);

/** Mean of the last 3 s in LUFS at each step; the first steps have less. */
const shortTerm = (() => {
  const powers = Float64Array.from(levels, (step) => (step ? 10 ** ((step / 4 - 63.75) / 10) : 0));
  let sum = 0;
  return Float64Array.from(powers, (power, at) => {
    sum += power - (at >= 3 * STEPS ? powers[at - 3 * STEPS] : 0);
    return 10 * Math.log10(Math.max(sum / Math.min(at + 1, 3 * STEPS), 1e-7));
  });
})();

function stop() {
  audio.pause();
  solo.pause();
  if (playing) playing.classList.remove("playing");
  for (const take of all(".take.now")) take.classList.remove("now");
  playing = null;
  stopAt = Infinity;
}

/** Play a part of an element's audio; pressed again, the same button stops it. */
function play(element, button, from, to, take) {
  const again = playing === button;
  stop();
  if (again) return;
  playing = button;
  button.classList.add("playing");
  if (take) take.classList.add("now");
  const begin = () => {
    element.currentTime = Math.max(from, 0);
    stopAt = to;
    element.play().then(tick).catch(stop);
  };
  if (element.readyState >= 1) begin();
  else {
    element.addEventListener("loadedmetadata", begin, { once: true });
    element.load();
  }
}

function tick() {
  const element = solo.paused ? audio : solo;
  if (element.currentTime >= stopAt || (audio.paused && solo.paused)) stop();
  else requestAnimationFrame(tick);
  where();
}

function where() {
  const now = audio.currentTime;
  find("#head").style.left = `${((100 * now) / length()).toFixed(3)}%`;
  find("#now").textContent = clock(now);
  chart.setAttribute("aria-valuenow", String(Math.floor(now)));
  chart.setAttribute("aria-valuetext", `${clock(now)} of ${clock(length())}`);
}

/** Play the recording of a take from the store; if that is gone or cannot be read from here, its part of the episode. */
function alone(button, from = 0, to = Infinity) {
  const take = button.closest(".take");
  const start = Number(take.dataset.start);
  const instead = () => play(audio, button, start + from, Math.min(start + to, Number(take.dataset.end)), take);
  if (!button.dataset.audio) return instead();
  if (solo.getAttribute("src") !== button.dataset.audio) {
    solo.src = button.dataset.audio;
    solo.onerror = () => {
      button.dataset.audio = "";
      stop();
      instead();
    };
  }
  return play(solo, button, from, to, take);
}

function drawChart() {
  const size = fitted(canvas);
  if (!size) return;
  const { context, width, height } = size;
  const total = data.seconds || 1;
  const floor = height - 16;
  const down = (lufs) => Math.min(Math.max((lufs / LOWEST_LUFS) * floor, 0), floor);
  const across = (seconds) => (seconds / total) * width;
  const soft = colour("line");
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.globalAlpha = 0.35;
  context.fillStyle = colour("mute");
  for (const [start, end] of data.music) context.fillRect(across(start), 0, Math.max(across(end) - across(start), 1), floor);
  context.globalAlpha = 1;
  context.fillStyle = soft;
  for (let lufs = -6; lufs > LOWEST_LUFS; lufs -= 6) context.fillRect(0, Math.round(down(lufs)), width, 1);
  context.globalAlpha = 0.6;
  for (let at = 0; at < width; at += 1) {
    const from = Math.floor((at / width) * peaks.length);
    const to = Math.max(from + 1, Math.floor(((at + 1) / width) * peaks.length));
    let top = 0;
    for (let step = from; step < to && step < peaks.length; step += 1) top = Math.max(top, peaks[step]);
    if (top) context.fillRect(at, down(top / 4 - 63.75), 1, floor - down(top / 4 - 63.75));
  }
  context.globalAlpha = 1;
  for (const [start, end, who] of data.lines) {
    context.fillStyle = colour(`s${who}`);
    context.fillRect(across(start), floor + 4, Math.max(across(end) - across(start), 1), 8);
  }
  context.fillStyle = colour("bad");
  for (const take of takes) {
    if (take.classList.contains("suspect")) context.fillRect(across(Number(take.dataset.start)), floor + 1, Math.max(across(Number(take.dataset.end)) - across(Number(take.dataset.start)), 3), 3);
  }
  context.strokeStyle = colour("accent");
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  const stride = Math.max(1, Math.floor(shortTerm.length / width / 2));
  for (let step = 0; step < shortTerm.length; step += stride) context.lineTo(across(step / STEPS), down(shortTerm[step]));
  context.stroke();
  context.setLineDash([6, 4]);
  context.lineWidth = 1.5;
  context.strokeStyle = colour("bad");
  if (data.target !== null) {
    context.beginPath();
    context.moveTo(0, down(data.target));
    context.lineTo(width, down(data.target));
    context.stroke();
  }
  context.setLineDash([]);
  for (let lufs = -12; lufs > LOWEST_LUFS; lufs -= 6) {
    const label = `−${-lufs}`;
    context.fillStyle = colour("raised");
    context.fillRect(0, down(lufs) - 7, context.measureText(label).width + 10, 14);
    context.fillStyle = colour("soft");
    context.fillText(label, 5, down(lufs) + 4);
  }
  context.globalAlpha = 0.5;
  context.fillStyle = colour("ink");
  for (const start of data.chapters) if (start > 0) context.fillRect(Math.round(across(start)), 0, 1, height);
}

function drawStrip(strip) {
  const size = fitted(strip);
  if (!size) return;
  const { context, width, height } = size;
  const take = strip.closest(".take");
  const part = levels.subarray(Math.floor(Number(take.dataset.start) * STEPS), Math.ceil(Number(take.dataset.end) * STEPS));
  const loud = levels.reduce((most, step) => Math.max(most, step), 1);
  const step = width / Math.max(part.length, 12);
  context.fillStyle = getComputedStyle(take).getPropertyValue("--who");
  part.forEach((level, at) => {
    const tall = Math.max(2, 10 ** ((level - loud) / 80) * height);
    context.fillRect(at * step, (height - tall) / 2, Math.max(step - 1.5, 1), tall);
  });
}

function filter() {
  const [speaker, flag, words] = ["#speaker", "#flag", "#words"].map((id) => find(id).value);
  const wanted = words.trim().toLocaleLowerCase();
  let shown = 0;
  for (const take of takes) {
    const flags = JSON.parse(take.dataset.flags);
    const flagged = flag === "" || (flag === "*" ? flags.length > 0 : flag === "!" ? take.classList.contains("suspect") : flags.includes(flag));
    const fits = (speaker === "" || take.dataset.speaker === speaker) && flagged && find(".text", take).textContent.toLocaleLowerCase().includes(wanted);
    take.hidden = !fits;
    shown += fits;
  }
  find("#shown").textContent = `${shown} of ${takes.length} takes`;
}

function order() {
  const plain = find("#order").value === "episode";
  const sorted = plain ? [...takes].sort((one, other) => Number(one.dataset.number) - Number(other.dataset.number)) : takes;
  list.append(...sorted);
}

const picked = () => all(".pick input:checked").sort((one, other) => one.closest(".take").dataset.number - other.closest(".take").dataset.number).map((box) => box.value);
const retakes = () => [...new Set(picked())].map((place) => data.retake.join(place)).join("\n");
const acceptance = () => data.accept.join([...new Set(picked())].join(" "));

function choose() {
  const count = picked().length;
  find("#chosen").hidden = count === 0;
  find("#count").textContent = `${count} take${count === 1 ? "" : "s"} chosen`;
  find("#command").value = retakes();
  find("#told").textContent = "";
}

async function copy(text) {
  const area = find("#command");
  area.value = text;
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    area.select();
    done = document.execCommand("copy");
  }
  find("#told").textContent = done ? "Copied" : "Select the text and copy it";
}

audio.addEventListener("seeked", where);
audio.addEventListener("error", () => (find("#now").textContent = "no audio"));
find("#whole").addEventListener("click", (event) => play(audio, event.currentTarget, audio.currentTime, Infinity));
const along = (event) => {
  const box = chart.getBoundingClientRect();
  audio.currentTime = ((event.clientX - box.left) / box.width) * length();
};
chart.addEventListener("pointerdown", along);
chart.addEventListener("keydown", (event) => {
  const to = { ArrowLeft: audio.currentTime - 5, ArrowRight: audio.currentTime + 5, Home: 0, End: length() - 0.1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  audio.currentTime = Math.max(to, 0);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const take = button.closest(".take");
  if (button.dataset.seek !== undefined) play(audio, button, Number(button.dataset.seek) - data.context, Number(button.dataset.seek) + 2 * data.context);
  else if (button.classList.contains("context")) play(audio, button, Number(take.dataset.start) - data.context, Number(take.dataset.end) + data.context, take);
  else if (button.dataset.from !== undefined) alone(button, Math.max(Number(button.dataset.from) - 0.3, 0), Number(button.dataset.to ?? button.dataset.from) + 0.7);
  else if (button.classList.contains("alone")) alone(button);
});
for (const id of ["#speaker", "#flag"]) find(id).addEventListener("change", filter);
find("#words").addEventListener("input", filter);
find("#order").addEventListener("change", order);
find("#filters").addEventListener("submit", (event) => event.preventDefault());
list.addEventListener("change", choose);
find("#copy").addEventListener("click", () => copy(retakes()));
find("#accept").addEventListener("click", () => copy(acceptance()));
find("#clear").addEventListener("click", () => {
  for (const box of all(".pick input:checked")) box.checked = false;
  choose();
});
drawn(canvas, drawChart);
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) drawStrip(entry.target);
}, { rootMargin: "200px" });
for (const strip of all(".strip")) {
  seen.observe(strip);
  strip.addEventListener("click", (event) => {
    const take = strip.closest(".take");
    const box = strip.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const start = Number(take.dataset.start);
    play(audio, find(".context", take), start + share * (Number(take.dataset.end) - start), Number(take.dataset.end) + data.context, take);
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(".strip").forEach(drawStrip));
filter();
choose();
