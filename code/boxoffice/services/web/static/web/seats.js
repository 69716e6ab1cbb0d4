// The seats of an event, as they go and come back.
import {json, live} from "./live.js";

const seats = document.querySelector("[data-seats]");

function show(left) {
  for (const [band, number] of Object.entries(left)) {
    const shown = seats.querySelector(`[data-band="${band}"]`);
    if (!shown) continue;
    shown.dataset.seatsLeft = number;
    shown.querySelector(".left").textContent = `${number} left`;
    shown.classList.toggle("gone", number === 0);
    const choice = shown.querySelector("input");
    choice.disabled = number === 0 || "closed" in seats.dataset;
    if (choice.disabled) choice.checked = false;
  }
  const none = [...seats.querySelectorAll("[data-band]")].every((band) => band.dataset.seatsLeft === "0");
  document.querySelector("[data-none-left]").hidden = !none;
  for (const part of seats.querySelectorAll("[data-choose]")) part.hidden = none;
}

live({
  url: seats.dataset.live,
  tell: (message) => message.type === "seats" && show(message.left),
  ask: async () => show((await json(seats.dataset.seats)).left),
});
