import { hasNoBarriers } from "./barriers.ts";

hasNoBarriers({ theme: "light", size: "phone" });
