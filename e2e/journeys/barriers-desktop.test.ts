import { hasNoBarriers } from "./barriers.ts";

hasNoBarriers({ theme: "dark", size: "desktop", language: "en" });
