/** The time, for words such as 昨天 that go stale: moves once a minute. */

let nowMs = $state(Date.now());

setInterval(() => {
  nowMs = Date.now();
}, 60_000);

export const now = {
  get ms(): number {
    return nowMs;
  },
};
