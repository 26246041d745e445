/** Calls `act` once, `afterMs` after the last wish; `flush` at once if one is waiting. */
export function later<A>(afterMs: number, act: (argument: A) => void): { wish(argument: A): void; flush(): void } {
  let waiting: { argument: A } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    if (waiting === undefined) return;
    const { argument } = waiting;
    waiting = undefined;
    act(argument);
  };
  return {
    wish(argument) {
      waiting = { argument };
      clearTimeout(timer);
      timer = setTimeout(flush, afterMs);
    },
    flush,
  };
}
