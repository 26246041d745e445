/// <reference path="../../web/src/core/search/opencc.d.ts" />

/** Chat as people write it, made up from a seed: words with a Zipf-like distribution, in both scripts. */

import traditionalPairs from "opencc-js/dict/TSCharacters";

/** The everyday words that head the list; all others are made of everyday characters. */
const EVERYDAY =
  "我 你 的 了 是 不 在 好 吃 他 她 们 这 那 有 就 都 也 去 来 吗 吧 呢 啊 哈哈 今天 明天 晚上 早上 什么 怎么 没有 知道 可以 我们 你们 他们 自己 现在 时候 回家 吃饭 上班 下班 孩子 妈妈 爸爸 外婆 医院 学校 老师 电话 手机 照片 位置 地铁 公交 出租车 超市 水果 牛奶 鸡蛋 豆腐 饺子 面条 米饭 天气 下雨 下雪 周末 过年 红包 转账 快递 收到 谢谢 不客气 没关系 对不起 等一下 马上 到了 出发 慢慢 路上 小心 身体 健康 生日 快乐 新年 中秋 月饼 火锅 奶茶 咖啡 电影 音乐 视频 会议 项目 文件 合同 价格 多少钱 便宜 贵 买 卖 工作 公司 老板 同事 客户 明白 好的 收到了 行 嗯 哦 对 北京 上海 广州 深圳 香港 台北 旧金山 纽约 温哥华 悉尼";
const LATIN =
  "ok hello wifi app pdf iPhone USB Zoom email PPT OK lol bye party NBA KTV GPS sorry thanks happy birthday".split(" ");
const EMOJI = ["😂", "👍", "🙏", "❤️", "🥟", "🎉", "😭", "👵"];
const MADE_WORDS = 60_000;
const ZIPF = 1.03;

export class Chance {
  constructor(private state: number) {}

  /** 0 ≤ x < 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }
}

/** Draws 0, 1, 2 … with probabilities 1, 1/2^s, 1/3^s … */
export class Zipf {
  private readonly sums: Float64Array;

  constructor(size: number, exponent = ZIPF) {
    this.sums = new Float64Array(size);
    let sum = 0;
    for (let rank = 0; rank < size; rank += 1) {
      sum += 1 / (rank + 1) ** exponent;
      this.sums[rank] = sum;
    }
  }

  draw(chance: Chance): number {
    const wanted = chance.next() * (this.sums[this.sums.length - 1] ?? 0);
    let low = 0;
    let high = this.sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The 3,755 characters of the first level of GB 2312, which are those in daily use. */
function everydayCharacters(): string[] {
  const decoder = new TextDecoder("gbk");
  const all: string[] = [];
  for (let row = 0xb0; row <= 0xd7; row += 1) {
    const last = row === 0xd7 ? 0xf9 : 0xfe;
    for (let cell = 0xa1; cell <= last; cell += 1) all.push(decoder.decode(Uint8Array.of(row, cell)));
  }
  return all;
}

export class Speech {
  private readonly words: string[];
  private readonly zipf: Zipf;
  private readonly traditional = new Map<string, string>();

  constructor(readonly chance: Chance) {
    const characters = everydayCharacters();
    for (let place = characters.length - 1; place > 0; place -= 1) {
      const other = chance.below(place + 1);
      [characters[place], characters[other]] = [characters[other] as string, characters[place] as string];
    }
    const likely = new Zipf(characters.length, 0.75);
    this.words = EVERYDAY.split(" ");
    while (this.words.length < MADE_WORDS) {
      const dice = chance.next();
      const length = dice < 0.05 ? 1 : dice < 0.75 ? 2 : dice < 0.9 ? 3 : 4;
      this.words.push(Array.from({ length }, () => characters[likely.draw(chance)] as string).join(""));
    }
    this.zipf = new Zipf(this.words.length);
    for (const pair of traditionalPairs.split("|")) {
      const [from = "", to = ""] = pair.split(" ");
      for (const simplified of to) if (!this.traditional.has(simplified)) this.traditional.set(simplified, from);
    }
  }

  word(): string {
    return this.words[this.zipf.draw(this.chance)] as string;
  }

  /** One message: 13 characters on average, 1 to 120. */
  message(): string {
    const { chance } = this;
    const words = 1 + Math.floor(-Math.log(1 - chance.next()) * 6);
    let text = "";
    for (let number = 0; number < Math.min(words, 60); number += 1) {
      const dice = chance.next();
      if (dice < 0.01) text += ` ${chance.of(LATIN)} `;
      else if (dice < 0.025) text += String(chance.below(chance.next() < 0.5 ? 24 : 3_000));
      else text += this.word();
      if (chance.next() < 0.1) text += chance.of(["，", "，", "。", "？", "！", "、"]);
    }
    if (chance.next() < 0.05) text += chance.of(EMOJI);
    if (chance.next() < 0.08)
      text = [...text].map((character) => this.traditional.get(character) ?? character).join("");
    return text.trim();
  }
}
