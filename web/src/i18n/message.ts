/**
 * The shape of a translation, checked by the compiler.
 *
 * `zh-Hans.ts` is the source: its keys are all keys, and the `{placeholders}` of each of its sentences
 * are what every other language must use. A missing key, a surplus key, a forgotten or an invented
 * placeholder does not compile.
 */
import type source from "./zh-Hans.ts";

export type Source = typeof source;
export type Key = keyof Source;
export type LanguageCode = "zh-Hans" | "zh-Hant" | "en";

/** A sentence, or two of them where a language tells one from many; `count` then decides. */
export type Message = string | { readonly one: string; readonly other: string };
export type Messages = { readonly [K in Key]: Message };

type Placeholders<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholders<Rest> : never;
type Used<M> = M extends { readonly other: infer Other } ? Placeholders<Other> : Placeholders<M>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Checked<T extends Messages> = {
  readonly [K in keyof T]: K extends Key
    ? Same<Placeholders<Source[K]>, Used<T[K]>> extends true
      ? T[K]
      : { "placeholders differ from zh-Hans": Placeholders<Source[K]> }
    : { "no such key in zh-Hans": K };
};

/** What a sentence must be given: nothing, or a value for each of its placeholders. */
export type Values<K extends Key> = [Placeholders<Source[K]>] extends [never]
  ? []
  : [{ readonly [P in Placeholders<Source[K]>]: string | number }];

export function translation<const T extends Messages>(messages: T & Checked<T>): Messages {
  return messages;
}
