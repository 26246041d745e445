/** Stands in for `core/client.ts` when screens are looked at: `?stage=` in the first address chooses the scene. */
import type { Core } from "../../src/core/api.ts";
import { longChat, stranger, village } from "./village.ts";

export function connect(): Core {
  const wanted = new URLSearchParams(location.search);
  const scene = wanted.get("scene") ?? sessionStorage.getItem("scene") ?? "village";
  sessionStorage.setItem("scene", scene);
  const core =
    scene === "new" || scene === "owner" || scene === "grandma"
      ? stranger(scene === "owner" ? null : "陈美兰", scene === "grandma")
      : village();
  if (scene === "elsewhere") core.stage = { stage: "elsewhere" };
  if (scene === "no_storage") core.stage = { stage: "unsupported", reason: "no_storage" };
  if (scene === "empty") {
    core.chats = [];
    core.people = [];
    core.requests = [];
  }
  if (scene === "offline") core.connection = { ...core.connection, state: "offline", waiting: 2 };
  if (scene === "catching") core.connection = { ...core.connection, catchingUp: 0.4 };
  if (scene === "long") longChat(core, 10_000);
  Reflect.set(globalThis, "scripted", core);
  return core;
}
