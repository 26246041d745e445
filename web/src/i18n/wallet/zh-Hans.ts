/** The texts of the wallet, a folder for each part of it. */
import base from "./base/zh-Hans.ts";
import books from "./books/zh-Hans.ts";
import gifts from "./gifts/zh-Hans.ts";
import paying from "./paying/zh-Hans.ts";
import shops from "./shops/zh-Hans.ts";
import treasury from "./treasury/zh-Hans.ts";

export default { ...base, ...books, ...gifts, ...paying, ...shops, ...treasury } as const;
