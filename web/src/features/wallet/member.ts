import { type Core, CoreError, type Person } from "../../core/api.ts";
import { answerOnce } from "../../ui/live.svelte.ts";

/** Somebody by the name she is known by here, or by the name of her account. Throws CoreError. */
export async function memberCalled(core: Core, name: string): Promise<Person> {
  const wanted = name.trim();
  const friends = (await answerOnce(core, "contacts", undefined)).filter(({ shown, name: own }) =>
    [shown, own].includes(wanted),
  );
  const [only, another] = friends;
  if (only !== undefined && another === undefined) return only;
  if (wanted === "" || another !== undefined) throw new CoreError("person_unknown");
  return core.call("findPerson", { name: wanted });
}
