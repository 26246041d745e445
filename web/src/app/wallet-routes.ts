/** The pages of the wallet and their addresses. */
import type { OneRoute, PlainRoute } from "./routes.ts";

export const WALLET_PLAIN: Record<string, PlainRoute> = {
  "/wallet": ["me", () => import("../features/wallet/WalletHome.svelte")],
  "/wallet/pin": ["me", () => import("../features/wallet/PaymentPin.svelte")],
  "/wallet/receive": ["me", () => import("../features/wallet/ReceiveCode.svelte")],
  "/c": ["me", () => import("../features/wallet/Charge.svelte")],
  "/wallet/pay": ["me", () => import("../features/wallet/ShowPayCode.svelte")],
  "/p": ["me", () => import("../features/wallet/PayCode.svelte")],
  "/wallet/passkeys": ["me", () => import("../features/wallet/Passkeys.svelte")],
  "/wallet/top-up": ["me", () => import("../features/wallet/TopUps.svelte")],
  "/wallet/limits": ["me", () => import("../features/wallet/Limits.svelte")],
  "/wallet/family": ["me", () => import("../features/wallet/FamilyCards.svelte")],
  "/wallet/treasury": ["me", () => import("../features/wallet/TreasuryPage.svelte")],
  "/wallet/treasury/rules": ["me", () => import("../features/wallet/TreasuryRules.svelte")],
  "/wallet/treasury/issue": ["me", () => import("../features/wallet/Issue.svelte")],
  "/wallet/shops": ["me", () => import("../features/wallet/MyShops.svelte")],
  "/b": ["me", () => import("../features/wallet/PayShop.svelte")],
  "/wallet/bill": ["me", () => import("../features/wallet/BillPage.svelte")],
};

export const WALLET_OF_ONE: readonly OneRoute[] = [
  [/^\/wallet\/shop\/([0-9a-f]{32})$/, "me", () => import("../features/wallet/ShopPage.svelte")],
  [/^\/wallet\/shop\/([0-9a-f]{32})\/code$/, "me", () => import("../features/wallet/ShopCode.svelte")],
  [/^\/wallet\/shop\/([0-9a-f]{32})\/charge$/, "me", () => import("../features/wallet/ShopCharge.svelte")],
  [/^\/wallet\/shop\/([0-9a-f]{32})\/webhook$/, "me", () => import("../features/wallet/ShopWebhook.svelte")],
  [/^\/wallet\/shop\/([0-9a-f]{32})\/certificates$/, "me", () => import("../features/wallet/ShopCertificates.svelte")],
  [/^\/wallet\/shop\/([0-9a-f]{32})\/report$/, "me", () => import("../features/wallet/ShopReport.svelte")],
  [/^\/chat\/([dg]:[0-9a-f]+)\/collect$/, "chats", () => import("../features/wallet/Collect.svelte")],
  [/^\/message\/([0-9a-z]+)\/collection$/, "chats", () => import("../features/wallet/CollectionPage.svelte")],
  [/^\/chat\/([dg]:[0-9a-f]+)\/packet$/, "chats", () => import("../features/wallet/SendPacket.svelte")],
  [/^\/chat\/(g:[0-9a-f]+)\/payee$/, "chats", () => import("../features/wallet/PickPayee.svelte")],
  [
    /^\/chat\/(d:[0-9]+|g:[0-9a-f]+\/[0-9]+)\/transfer$/,
    "chats",
    () => import("../features/wallet/SendTransfer.svelte"),
  ],
  [/^\/message\/([0-9a-z]+)\/packet$/, "chats", () => import("../features/wallet/PacketPage.svelte")],
  [/^\/message\/([0-9a-z]+)\/transfer$/, "chats", () => import("../features/wallet/TransferPage.svelte")],
];
