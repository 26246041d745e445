/** The app's own pack, 鸿雁: one goose drawn by us, in twelve moods. Pure; each is a small SVG. */

export interface Drawn {
  readonly id: string;
  /** What it says, as written on it. */
  readonly words: string;
  readonly svg: string;
}

const INK = "#33302c";
const BEAK = "#f2a03d";

interface Mood {
  id: string;
  words: string;
  eyes: string;
  /** Before the head, or around it. */
  more?: string;
  sky?: string;
  wing?: string;
  tilt?: number;
  beak?: string;
}

const OPEN = `<circle cx="109" cy="72" r="6" fill="${INK}"/><circle cx="139" cy="72" r="6" fill="${INK}"/><circle cx="111" cy="70" r="2" fill="#fff"/><circle cx="141" cy="70" r="2" fill="#fff"/>`;
const HAPPY = `<path d="M101 75q8-11 16 0M131 75q8-11 16 0" fill="none" stroke="${INK}" stroke-width="4.500" stroke-linecap="round"/>`;
const CLOSED = `<path d="M101 71q8 9 16 0M131 71q8 9 16 0" fill="none" stroke="${INK}" stroke-width="4.500" stroke-linecap="round"/>`;
const CROSS = `<path d="M100 62l16 8M148 62l-16 8" stroke="${INK}" stroke-width="4.500" stroke-linecap="round"/><circle cx="110" cy="76" r="5" fill="${INK}"/><circle cx="138" cy="76" r="5" fill="${INK}"/>`;
const HEARTS = `<path d="M109 80c-9-6-12-10-9-14 3-4 8-2 9 2 1-4 6-6 9-2 3 4 0 8-9 14zM139 80c-9-6-12-10-9-14 3-4 8-2 9 2 1-4 6-6 9-2 3 4 0 8-9 14z" fill="#e5484d"/>`;
const SMALL_BEAK = `<path d="M112 84q12-7 24 0q-12 13-24 0z" fill="${BEAK}" stroke="${INK}" stroke-width="3"/>`;
const WIDE_BEAK = `<path d="M110 83q14-7 28 0q-2 21-14 21t-14-21z" fill="${BEAK}" stroke="${INK}" stroke-width="3"/><path d="M116 90q8-3 16 0q-1 10-8 10t-8-10z" fill="#b5352f"/>`;
const SAD_BEAK = `<path d="M112 90q12-14 24 0q-12-4-24 0z" fill="${BEAK}" stroke="${INK}" stroke-width="3"/>`;
const WING = `<path d="M92 150q-32 4-36 34 26 6 44-14z" fill="#c9b79c" stroke="${INK}" stroke-width="4"/>`;
const WAVING = `<path d="M90 150q-34-10-46-44 34 0 58 26z" fill="#c9b79c" stroke="${INK}" stroke-width="4"/>`;
const TEARS = `<path d="M102 84q-7 12 0 16 7-4 0-16zM146 84q-7 12 0 16 7-4 0-16z" fill="#5aa9e6"/>`;

const MOODS: readonly Mood[] = [
  { id: "hello", words: "你好呀", eyes: OPEN, wing: WAVING, sky: "#fdf1d8" },
  { id: "haha", words: "哈哈哈", eyes: HAPPY, beak: WIDE_BEAK, tilt: -7, sky: "#fff3b8" },
  {
    id: "thanks",
    words: "谢谢",
    eyes: CLOSED,
    tilt: 9,
    sky: "#e5f4e3",
    more: `<path d="M176 70l5 11 12 1-9 8 3 12-11-6-11 6 3-12-9-8 12-1z" fill="#f2c14e"/>`,
  },
  {
    id: "night",
    words: "晚安",
    eyes: CLOSED,
    sky: "#dfe3f7",
    more: `<path d="M190 34a24 24 0 1 0 18 34 20 20 0 0 1-18-34z" fill="#f2c14e"/><text x="158" y="66" font-size="22" fill="${INK}">z</text><text x="172" y="48" font-size="16" fill="${INK}">z</text>`,
  },
  {
    id: "go",
    words: "加油",
    eyes: OPEN,
    beak: WIDE_BEAK,
    wing: WAVING,
    sky: "#ffe4dc",
    more: `<path d="M44 98l-10-26 30-8 6 16z" fill="#e5484d" stroke="${INK}" stroke-width="3"/>`,
  },
  {
    id: "love",
    words: "爱你哟",
    eyes: HEARTS,
    sky: "#fde6ec",
    more: `<path d="M186 84c-15-10-20-17-15-24 5-6 13-3 15 4 2-7 10-10 15-4 5 7 0 14-15 24z" fill="#e5484d"/>`,
  },
  {
    id: "angry",
    words: "哼！",
    eyes: CROSS,
    beak: SAD_BEAK,
    sky: "#ffe0d1",
    more: `<path d="M160 40l14-8M164 50l16 0M158 30l6-14" stroke="#e5484d" stroke-width="5" stroke-linecap="round"/>`,
  },
  { id: "cry", words: "呜呜", eyes: CLOSED, beak: SAD_BEAK, sky: "#e0eef8", more: TEARS },
  {
    id: "ok",
    words: "收到",
    eyes: OPEN,
    sky: "#e2f5ea",
    more: `<circle cx="186" cy="70" r="22" fill="#2f9e5b"/><path d="M176 70l8 9 14-17" fill="none" stroke="#fff" stroke-width="6" stroke-linecap="round" stroke-linejoin="round"/>`,
  },
  {
    id: "eat",
    words: "吃了吗",
    eyes: OPEN,
    sky: "#fbeedd",
    more: `<path d="M158 176h62q-2 34-31 34t-31-34z" fill="#c4453c" stroke="${INK}" stroke-width="4"/><path d="M166 176q6-16 22-12 18-6 24 12z" fill="#fff" stroke="${INK}" stroke-width="3"/><path d="M196 160l22-26M202 164l26-22" stroke="${INK}" stroke-width="4" stroke-linecap="round"/>`,
  },
  {
    id: "wow",
    words: "真的吗",
    eyes: `<circle cx="109" cy="71" r="9" fill="#fff" stroke="${INK}" stroke-width="4"/><circle cx="139" cy="71" r="9" fill="#fff" stroke="${INK}" stroke-width="4"/><circle cx="109" cy="71" r="3.500" fill="${INK}"/><circle cx="139" cy="71" r="3.500" fill="${INK}"/>`,
    beak: WIDE_BEAK,
    sky: "#efe6fa",
  },
  {
    id: "letter",
    words: "来信啦",
    eyes: HAPPY,
    wing: WAVING,
    sky: "#e3f1f5",
    more: `<path d="M26 78h52v36H26z" fill="#fff" stroke="${INK}" stroke-width="4"/><path d="M26 78l26 22 26-22" fill="none" stroke="${INK}" stroke-width="4"/><circle cx="52" cy="102" r="7" fill="#e5484d"/>`,
  },
];

function draw({ id, words, eyes, more = "", sky = "#fff", wing = WING, tilt = 0, beak = SMALL_BEAK }: Mood): Drawn {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240" font-family="sans-serif"><circle cx="120" cy="118" r="112" fill="${sky}"/><path d="M78 168q0-36 34-42V88h26v38q38 6 38 44 0 36-50 36t-48-38z" fill="#e9dcc5" stroke="${INK}" stroke-width="4"/><path d="M100 176q26 20 54-2-2 24-28 24t-26-22z" fill="#fbf6ec"/>${wing}<g transform="rotate(${tilt} 124 80)"><path d="M124 36c-26 0-40 16-40 36s14 34 40 34 40-14 40-34-14-36-40-36z" fill="#b58f62" stroke="${INK}" stroke-width="4"/><path d="M124 56c-16 0-29 8-29 22 0 12 12 21 29 21s29-9 29-21c0-14-13-22-29-22z" fill="#f4ead8"/><path d="M118 38q-2-14 8-18M126 38q4-10 12-10" fill="none" stroke="${INK}" stroke-width="4" stroke-linecap="round"/>${eyes}${beak}</g>${more}<text x="120" y="234" font-size="30" font-weight="700" text-anchor="middle" fill="${INK}" stroke="#fff" stroke-width="6" paint-order="stroke">${words}</text></svg>`;
  return { id, words, svg };
}

export const GOOSE: readonly Drawn[] = MOODS.map(draw);

export function drawingAddress(svg: string): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
