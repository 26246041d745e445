/** The microphone as Opus, with the loudness on the way; what hinders it is a reason, never an exception of the browser. */

export type MicrophoneTrouble = "no_microphone" | "microphone_denied" | "cannot_record";

export class RecordingRefused extends Error {
  constructor(readonly why: MicrophoneTrouble) {
    super(why);
  }
}

export interface Recording {
  content: Blob;
  type: string;
  ms: number;
  /** Loudness along the time, 0 to 255. */
  wave: number[];
}

const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4"];
const LOOK_EVERY_MS = 60;
const WAVE_POINTS = 64;
const BITS_PER_SECOND = 24_000;
/** Speech is far below the loudest a microphone can say. */
const GAIN = 5;

/** So many points of the loudest moments; short ones keep all they have. */
export function waveOf(levels: readonly number[], points = WAVE_POINTS): number[] {
  const count = Math.min(points, levels.length);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * levels.length) / count));
    return Math.round(255 * Math.min(1, Math.max(...levels.slice(from, to))));
  });
}

export class Recorder {
  private readonly parts: Blob[] = [];
  private readonly levels: number[] = [];
  private readonly startedMs = performance.now();
  private readonly looking: ReturnType<typeof setInterval>;
  private readonly whole: Promise<void>;
  /** Told a few times a second: how loud (0 to 1), and for how long it has been recording. */
  heard: (level: number, ms: number) => void = () => {};
  /** The microphone was taken away: by a call, by the system, by pulling a plug. */
  interrupted: () => void = () => {};

  private constructor(
    private readonly stream: MediaStream,
    private readonly recorder: MediaRecorder,
    private readonly audio: AudioContext,
  ) {
    recorder.ondataavailable = ({ data }) => this.parts.push(data);
    this.whole = new Promise((resolve) => {
      recorder.onstop = () => resolve();
    });
    for (const track of stream.getTracks()) track.onended = () => this.interrupted();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 1024;
    audio.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.looking = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const level = Math.min(1, Math.sqrt(power) * GAIN);
      this.levels.push(level);
      this.heard(level, this.ms);
    }, LOOK_EVERY_MS);
    recorder.start();
  }

  /** Throws RecordingRefused. */
  static async start(): Promise<Recorder> {
    if (navigator.mediaDevices === undefined || typeof MediaRecorder === "undefined") {
      throw new RecordingRefused("cannot_record");
    }
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    } catch (error) {
      const denied =
        error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "SecurityError");
      throw new RecordingRefused(denied ? "microphone_denied" : "no_microphone");
    }
    const type = TYPES.find((known) => MediaRecorder.isTypeSupported(known));
    if (type === undefined) {
      for (const track of stream.getTracks()) track.stop();
      throw new RecordingRefused("cannot_record");
    }
    return new Recorder(
      stream,
      new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND }),
      new AudioContext(),
    );
  }

  get ms(): number {
    return performance.now() - this.startedMs;
  }

  /** Ends it and gives what was said. */
  async stop(): Promise<Recording> {
    const ms = Math.round(this.ms);
    if (this.recorder.state !== "inactive") this.recorder.stop();
    await this.whole;
    this.release();
    const type = this.recorder.mimeType;
    return { content: new Blob(this.parts, { type }), type, ms, wave: waveOf(this.levels) };
  }

  cancel(): void {
    if (this.recorder.state !== "inactive") this.recorder.stop();
    this.release();
  }

  private release(): void {
    clearInterval(this.looking);
    for (const track of this.stream.getTracks()) {
      track.onended = null;
      track.stop();
    }
    void this.audio.close().catch(() => undefined);
  }
}
