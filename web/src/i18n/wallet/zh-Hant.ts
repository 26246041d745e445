/** The texts of the wallet in Traditional Chinese. */
import base from "./base/zh-Hant.ts";
import books from "./books/zh-Hant.ts";
import gifts from "./gifts/zh-Hant.ts";
import paying from "./paying/zh-Hant.ts";
import shops from "./shops/zh-Hant.ts";
import treasury from "./treasury/zh-Hant.ts";

export default { ...base, ...books, ...gifts, ...paying, ...shops, ...treasury } as const;
