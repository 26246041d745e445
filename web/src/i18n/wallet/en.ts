/** The texts of the wallet in English. */
import base from "./base/en.ts";
import books from "./books/en.ts";
import gifts from "./gifts/en.ts";
import paying from "./paying/en.ts";
import shops from "./shops/en.ts";
import treasury from "./treasury/en.ts";

export default { ...base, ...books, ...gifts, ...paying, ...shops, ...treasury } as const;
