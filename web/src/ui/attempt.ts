/** Carries out a wish and, where it is refused, says why in a sentence at the bottom of the screen. */
import { CoreError, type ErrorCode } from "../core/api.ts";
import { tError } from "../i18n/language.svelte.ts";
import { toast } from "./toast.svelte.ts";

export function codeOf(error: unknown): ErrorCode {
  return error instanceof CoreError ? error.code : "unexpected";
}

/** The answer, or undefined after a refusal that has been told. */
export async function attempt<T>(work: Promise<T>): Promise<{ done: T } | undefined> {
  try {
    return { done: await work };
  } catch (error) {
    toast(tError(codeOf(error)));
    return undefined;
  }
}
