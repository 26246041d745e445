import { pinyin } from "pinyin-pro";
import { isHan } from "./grams.ts";

/**
 * Characters by their sound, without tones: all readings of a character count.
 *
 * Two neighbours stand in the index twice: by their first letters (`wzʹ`), and with what follows these
 * (`wzʹeiʹhi`), so that initials, whole syllables and a syllable half typed each are one term to look up.
 */

const MARK = "ʹ";
const readings = new Map<string, readonly string[]>();

/** `位` → ["wei"]; [] for what is no Chinese character. */
export function readingsOf(character: string): readonly string[] {
  const known = readings.get(character);
  if (known !== undefined) return known;
  const found = isHan(character)
    ? pinyin(character, { toneType: "none", multiple: true, type: "array", v: true }).map(withoutUmlaut)
    : [];
  const all = [...new Set(found.filter((reading) => /^[a-z]+$/.test(reading)))];
  readings.set(character, all);
  return all;
}

function withoutUmlaut(reading: string): string {
  return reading.replace("ü", "v");
}

/** Adds the terms of all neighbouring Chinese characters of a folded text. */
export function addPinyinTerms(folded: string, terms: Set<string>): void {
  let before: readonly string[] = [];
  for (const character of folded) {
    const now = readingsOf(character);
    for (const first of before) {
      for (const second of now) {
        const letters = initialsTerm(first, second);
        terms.add(letters);
        terms.add(letters + first.slice(1) + MARK + second.slice(1));
      }
    }
    before = now;
  }
}

function initialsTerm(first: string, second: string): string {
  return first.charAt(0) + second.charAt(0) + MARK;
}

/** Some letters typed for one character: a whole syllable, or the beginning of one. */
export interface Sound {
  letters: string;
  whole: boolean;
  /** Only these characters are meant. */
  among?: ReadonlySet<string>;
}

export function sounds(character: string, { letters, whole, among }: Sound): boolean {
  if (among !== undefined) return among.has(character);
  return readingsOf(character).some((reading) => (whole ? reading === letters : reading.startsWith(letters)));
}

/**
 * What is looked up for two neighbours, as FTS5 writes it; may find more than is meant, never less. A half-typed
 * syllable is looked up as all that it can become: of a prefix FTS5 would first read everything, however old.
 */
export function pairToFind(first: Sound, second: Sound): string {
  const letters = initialsTerm(first.letters, second.letters);
  const isInitials = first.letters.length === 1 && second.letters.length === 1;
  if (!first.whole || isInitials) return `"${letters}"`;
  const endings = second.whole ? [second.letters] : READINGS.filter((one) => one.startsWith(second.letters));
  const terms = endings.map((one) => `"${letters}${first.letters.slice(1)}${MARK}${one.slice(1)}"`);
  return terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" OR ")})`;
}

const SYLLABLES = new Set(
  `a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng cha
  chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan chuang chui chun chuo ci cong cou cu cuan cui
  cun cuo da dai dan dang dao de dei den deng di dia dian diao die ding diu dong dou du duan dui dun duo e ei en eng er
  fa fan fang fei fen feng fo fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha
  hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong
  jiu ju juan jue jun ka kai kan kang kao ke kei ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao
  le lei leng li lia lian liang liao lie lin ling liu lo long lou lu luan lun luo lv lve ma mai man mang mao me mei men
  meng mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu
  nong nou nu nuan nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang
  qiao qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa sai san
  sang sao se sen seng sha shai shan shang shao she shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo
  si song sou su suan sui sun suo ta tai tan tang tao te tei teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa
  wai wan wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin
  ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhei zhen zheng zhi
  zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo`.split(/\s+/),
);
/** All that characters sound like, with what is only a grunt: 嗯 哼 呒. */
export const READINGS: readonly string[] = [...SYLLABLES, "hng", "m", "n", "ng"];
const BEGINNINGS = new Set(
  [...SYLLABLES].flatMap((syllable) => [...syllable].map((_, end) => syllable.slice(0, end + 1))),
);
const INITIALS = new Set([..."abcdefghjklmnopqrstwxyz", "zh", "ch", "sh"]);
const SYLLABLE_LETTERS_MAX = 6;
const READINGS_MAX = 12;
/** Of letters that are whole syllables, too: `ha` may be 好啊. */
const INITIALS_BESIDE_MAX = 3;

/**
 * The ways in which letters can be meant as pinyin: whole syllables, the last perhaps half typed (`weizh`);
 * only initials (`wz`); both mixed if it is neither (`wzhi`). [] when they cannot be pinyin at all.
 */
export function waysToRead(letters: string): Sound[][] {
  const typed = letters.replaceAll("ü", "v");
  if (!/^[a-z]+$/.test(typed)) return [];
  const whole = (piece: string): Sound | null => (SYLLABLES.has(piece) ? { letters: piece, whole: true } : null);
  const initial = (piece: string): Sound | null => (INITIALS.has(piece) ? { letters: piece, whole: false } : null);
  const last = (piece: string): Sound | null => (BEGINNINGS.has(piece) ? { letters: piece, whole: false } : null);
  const pure = [...split(typed, whole, last), ...split(typed, initial, initial)];
  const all = pure.length > 0 ? pure : split(typed, (piece) => whole(piece) ?? initial(piece), last);
  const ways = likely(all);
  const seen = new Set<string>();
  return ways.filter((way) => {
    const key = JSON.stringify(way);
    return !seen.has(key) && seen.add(key);
  });
}

/** Who types `shangban` means 上班, not 上吧 with the beginning of something more, and not eight initials. */
function likely(ways: Sound[][]): Sound[][] {
  const isComplete = (way: Sound[]): boolean => way.every(({ letters }) => SYLLABLES.has(letters));
  const pieces = Math.min(...ways.filter(isComplete).map((way) => way.length));
  const isShort = (way: Sound[]): boolean => way.length <= INITIALS_BESIDE_MAX && way.every(({ whole }) => !whole);
  return ways.filter((way) => way.length <= pieces || isComplete(way) || isShort(way));
}

type Take = (piece: string) => Sound | null;

/** Fewest pieces first, so that what is left out when there are too many ways is the least likely. */
function split(letters: string, take: Take, takeLast: Take): Sound[][] {
  const found: Sound[][] = [];
  const walk = (from: number, way: Sound[]): void => {
    for (let end = Math.min(letters.length, from + SYLLABLE_LETTERS_MAX); end > from; end -= 1) {
      if (found.length >= READINGS_MAX) return;
      const piece = letters.slice(from, end);
      const sound = end === letters.length ? takeLast(piece) : take(piece);
      if (sound === null) continue;
      if (end === letters.length) found.push([...way, sound]);
      else walk(end, [...way, sound]);
    }
  };
  walk(0, []);
  return found.sort((a, b) => a.length - b.length);
}
