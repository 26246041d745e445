/** The package describes its converters, and not its lists: lines of a character and its other forms. */
declare module "opencc-js/dict/*" {
  const lines: string;
  export default lines;
}
