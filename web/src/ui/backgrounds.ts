/** The backgrounds a chat can have, drawn in backgrounds.css; a name from elsewhere is as good as none. */
export const BACKGROUNDS = ["dawn", "river", "bamboo", "lotus", "plum", "paper", "night"] as const;
