/** How many messages wait unread, for the title of whatever page is open. */

let count = $state(0);

export const unread = {
  get count(): number {
    return count;
  },
  set count(value: number) {
    count = value;
  },
};
