/**
 * What is said becomes text, on this device alone. Most browsers send speech to a service; only where one promises
 * `processLocally`, and has the language here already, is it used. Elsewhere there is no button.
 */

interface Heard {
  readonly results: ArrayLike<ArrayLike<{ readonly transcript: string }>>;
}

interface Recognition {
  lang: string;
  processLocally: boolean;
  interimResults: boolean;
  continuous: boolean;
  onresult: ((heard: Heard) => void) | null;
  onend: (() => void) | null;
  onerror: (() => void) | null;
  start(): void;
  stop(): void;
}

interface Recogniser {
  new (): Recognition;
  readonly prototype: object;
  available?(options: { langs: string[]; processLocally: boolean }): Promise<string>;
}

function recogniser(): Recogniser | null {
  const found: unknown = Reflect.get(globalThis, "SpeechRecognition");
  if (typeof found !== "function") return null;
  const known = found as unknown as Recogniser;
  return "processLocally" in known.prototype && typeof known.available === "function" ? known : null;
}

/** Whether this device itself understands the language. */
export async function canDictate(tongue: string): Promise<boolean> {
  const known = recogniser();
  if (known?.available === undefined) return false;
  try {
    return (await known.available({ langs: [tongue], processLocally: true })) === "available";
  } catch {
    return false;
  }
}

/** Listens until stopped; `heard` gets all that was understood so far, `ended` is called once. */
export function dictate(tongue: string, heard: (text: string) => void, ended: () => void): () => void {
  const known = recogniser();
  if (known === null) {
    ended();
    return () => undefined;
  }
  const recognition = new known();
  recognition.lang = tongue;
  recognition.processLocally = true;
  recognition.interimResults = true;
  recognition.continuous = true;
  recognition.onresult = ({ results }) => heard(Array.from(results, (result) => result[0]?.transcript ?? "").join(""));
  recognition.onerror = () => recognition.stop();
  recognition.onend = ended;
  recognition.start();
  return () => recognition.stop();
}
