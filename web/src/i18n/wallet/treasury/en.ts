export default {
  "treasury.title": "Treasury",
} as const;
