// What a page is told while it is open: over a WebSocket, and where that cannot be opened, by asking every few seconds.
//
// A socket that closes is opened again, a little later each time, unless its code says that there is no use. Sockets that want to
// know who it is get a token in their first message, which the page asks its own site for.

const ASK_EVERY = 3000; // milliseconds
const LONGEST_PAUSE = 30000;
const NO_USE = [1003, 1009, 4400, 4403, 4404];

// url: of the socket, or empty. signIn: the address that hands out a token, or empty. begin(send): once it is open and signed in.
// tell(message): what came. ask(): the same by a request, while there is no socket.
export function live({url, signIn = "", begin = () => {}, tell, ask}) {
  let failed = 0;
  let asking = null;

  const state = (how) => document.documentElement.dataset.live = how;

  const askNow = async () => {
    if (document.hidden) return;
    try {
      await ask();
    } catch {
      // the next time may be luckier
    }
  };

  const askMeanwhile = () => {
    state("asking");
    asking ??= setInterval(askNow, ASK_EVERY);
  };

  const begun = (send) => {
    failed = 0;
    clearInterval(asking);
    asking = null;
    state("told");
    begin(send);
  };

  const open = () => {
    const socket = new WebSocket(url);
    const send = (message) => socket.send(JSON.stringify(message));
    socket.onopen = async () => {
      if (!signIn) return begun(send);
      try {
        send({action: "sign_in", token: await token(signIn)});
      } catch {
        socket.close();
      }
    };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "signed_in") begun(send);
      else tell(message);
    };
    socket.onclose = ({code}) => {
      askMeanwhile();
      if (NO_USE.includes(code)) return;
      const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** failed++);
      setTimeout(open, pause * (0.5 + Math.random() / 2)); // not all pages at the same moment
    };
  };

  askMeanwhile();
  if (url) open();
  else askNow();
}

async function token(address) {
  const body = new FormData(document.querySelector("[data-form=logout]")); // its CSRF token
  const answer = await fetch(address, {method: "POST", body});
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return (await answer.json()).token;
}

export async function json(address) {
  const answer = await fetch(address, {headers: {accept: "application/json"}, cache: "no-store"});
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}
