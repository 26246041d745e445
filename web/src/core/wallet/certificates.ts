import type { ActId, PlatformCertificate, Secret, ShopCertificate } from "./api.ts";
import type { Wallet } from "./wallet.ts";

/** By what a shop's own program is known, and the server to it (SPEC, Wallet, [SH11]). */

interface WirePlatform {
  serial: string;
  certificate: string;
  expires_at_ms: number;
}

interface WireCertificate extends WirePlatform {
  made_at_ms: number;
  revoked_at_ms: number | null;
}

export class Certificates {
  constructor(private readonly wallet: Wallet) {}

  private get http() {
    return this.wallet.http.http;
  }

  async list(shop: ActId): Promise<ShopCertificate[]> {
    const path = `/wallet/shops/${shop}/certificates`;
    const told = await this.http.ask<{ certificates: WireCertificate[] }>("GET", path);
    return told.certificates.map(certificateOf);
  }

  /** `csr`: PKCS#10 in PEM. The same key again gets the certificate that it has. */
  async enrol(id: ActId, shop: ActId, csr: string, secret: Secret): Promise<ShopCertificate> {
    const payee = `shop:${shop}`;
    const approval = await this.wallet.approved({ action: "shop_certificate", id, amountMinor: 0, payee }, secret);
    const body = { id, csr, approval };
    return certificateOf(await this.http.ask<WireCertificate>("POST", `/wallet/shops/${shop}/certificates`, body));
  }

  async revoke(shop: ActId, serial: string): Promise<void> {
    await this.http.ask("DELETE", `/wallet/shops/${shop}/certificates/${serial}`);
  }

  async platform(): Promise<PlatformCertificate> {
    return platformOf(await this.http.ask<WirePlatform>("GET", "/wallet/platform-certificate"));
  }
}

function platformOf(told: WirePlatform): PlatformCertificate {
  return { serial: told.serial, pem: told.certificate, expiresAtMs: told.expires_at_ms };
}

function certificateOf(told: WireCertificate): ShopCertificate {
  return { ...platformOf(told), madeAtMs: told.made_at_ms, revokedAtMs: told.revoked_at_ms };
}
