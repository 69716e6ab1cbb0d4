// Counts the seconds of a hold down. On its own page (data-seconds-left) the page is loaded again once it is over, and says how;
// beside an event's seats the line goes.
import {json, live} from "./live.js";

const hold = document.querySelector("[data-seconds-left], [data-my-hold]");
const shown = hold.querySelector("[data-countdown]");
const own = "secondsLeft" in hold.dataset;
let end = own ? performance.now() + Number(hold.dataset.secondsLeft) * 1000 : null;
let isOver = false;
document.addEventListener("submit", () => isOver = true); // the answer to that says how it ended

const tick = setInterval(() => {
  if (end === null) return;
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  shown.textContent = left;
  if (left === 0) over(1500); // the server's clock decides
}, 250);

function over(pause) {
  if (isOver) return;
  isOver = true;
  clearInterval(tick);
  if (own) setTimeout(() => location.reload(), pause);
  else hold.hidden = true;
}

function told({state, seconds_left}) {
  if (state !== "active") return over(0);
  end = performance.now() + seconds_left * 1000;
  hold.hidden = false;
}

live({
  url: hold.dataset.live,
  signIn: hold.dataset.signIn,
  tell: (message) => message.type === "hold" && told(message),
  ask: async () => told(await json(hold.dataset.stateAt)),
});
