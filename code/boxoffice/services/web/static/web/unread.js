// The number of notifications that were not read yet, in the head of every page.
import {json, live} from "./live.js";

const badge = document.querySelector("[data-unread]");
let last = null; // the id of the last one: a socket that was closed asks for what came after it

function show(number) {
  badge.dataset.unread = number;
  badge.hidden = number === 0;
  badge.querySelector("[data-number]").textContent = number;
}

live({
  url: badge.dataset.live,
  signIn: badge.dataset.signIn,
  begin: (send) => send({action: "follow", last_id: last}),
  tell: (message) => {
    if (message.type === "following") last = message.last_id;
    if (message.type !== "notification") return;
    last = message.id;
    show(Number(badge.dataset.unread) + 1);
  },
  ask: async () => show((await json(badge.dataset.ask)).count),
});
