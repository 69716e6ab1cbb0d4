// Counts the seconds of a hold down, then loads the page again, which says that the hold is over.
const hold = document.querySelector("[data-seconds-left]");
const shown = hold.querySelector("[data-countdown]");
const end = performance.now() + Number(hold.dataset.secondsLeft) * 1000;

const tick = setInterval(() => {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  shown.textContent = left;
  if (left === 0) {
    clearInterval(tick);
    setTimeout(() => location.reload(), 1500);
  }
}, 250);
