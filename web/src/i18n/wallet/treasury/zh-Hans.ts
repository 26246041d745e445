export default {
  "treasury.title": "社区财务",
} as const;
