import { hasNoBarriers } from "./barriers.ts";

hasNoBarriers([
  { theme: "light", size: "phone", care: true },
  { theme: "dark", size: "phone", care: true },
]);
