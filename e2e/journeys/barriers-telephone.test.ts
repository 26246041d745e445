import { hasNoBarriers } from "./barriers.ts";

hasNoBarriers([
  { theme: "light", size: "phone" },
  { theme: "dark", size: "phone" },
]);
