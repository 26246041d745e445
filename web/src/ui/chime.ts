/** The sound of a new message: two soft notes, made here, so that nothing has to be fetched. */

const NOTES = [
  { hertz: 880, atS: 0 },
  { hertz: 1174.66, atS: 0.11 },
] as const;
const LOUDNESS = 0.18;
const FADES_IN_S = 0.01;
const LASTS_S = 0.45;

let context: AudioContext | undefined;

/** Silent where the browser allows no sound before a first tap. */
export async function chime(): Promise<void> {
  context ??= new AudioContext();
  if (context.state !== "running") await context.resume();
  for (const { hertz, atS } of NOTES) ring(context, hertz, context.currentTime + atS);
}

function ring(audio: AudioContext, hertz: number, startS: number): void {
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  tone.type = "sine";
  tone.frequency.value = hertz;
  loudness.gain.setValueAtTime(0, startS);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, startS + FADES_IN_S);
  loudness.gain.exponentialRampToValueAtTime(0.0001, startS + LASTS_S);
  tone.connect(loudness).connect(audio.destination);
  tone.start(startS);
  tone.stop(startS + LASTS_S);
}
