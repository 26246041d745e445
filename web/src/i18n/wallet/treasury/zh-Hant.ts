export default {
  "treasury.title": "社區財務",
} as const;
