let stopAt = Infinity;
let playing = null;

function stop() {
  for (const audio of all("audio")) audio.pause();
  if (playing) playing.classList.remove("playing");
  playing = null;
  stopAt = Infinity;
}

/** Play a suspect take in its context; pressed again, the button stops it. */
function hear(button) {
  const again = playing === button;
  stop();
  const audio = find("audio", button.closest("tr"));
  if (again || !audio) return;
  playing = button;
  button.classList.add("playing");
  const begin = () => {
    audio.currentTime = Math.max(Number(button.dataset.start) - data.context, 0);
    stopAt = Number(button.dataset.end) + data.context;
    audio.play().catch(stop);
  };
  if (audio.readyState >= 1) begin();
  else {
    audio.addEventListener("loadedmetadata", begin, { once: true });
    audio.load();
  }
}

for (const button of all("tbody button")) button.addEventListener("click", () => hear(button));
for (const audio of all("audio")) {
  audio.addEventListener("timeupdate", () => {
    if (audio.currentTime >= stopAt) stop();
  });
  // One at a time, also with the browser's own controls.
  audio.addEventListener("play", () => {
    for (const other of all("audio")) if (other !== audio) other.pause();
  });
}
