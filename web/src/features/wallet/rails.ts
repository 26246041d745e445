const NAMES: Record<string, string> = { stripe: "Stripe" };

/** What people call a rail. */
export const railName = (rail: string): string => NAMES[rail] ?? rail;
