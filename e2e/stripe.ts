/** A Stripe of this machine for journeys: Checkout sessions, and a page on which they are paid. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const KEYS = "sk_test_journeys\nwhsec_journeys\n";

interface Session {
  id: string;
  object: "checkout.session";
  client_reference_id: string;
  amount_total: number;
  currency: string;
  status: "open" | "complete" | "expired";
  payment_status: "unpaid" | "paid";
  url: string;
}

export interface Stripe {
  address: string;
  sessions: Map<string, Session>;
  close(): void;
}

export async function openStripe(): Promise<Stripe> {
  const sessions = new Map<string, Session>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      const path = (request.url ?? "").split("/");
      let session = sessions.get(path.at(-1) ?? "") ?? sessions.get(path.at(-2) ?? "");
      if (request.method === "POST" && path.at(-1) === "sessions") session = made(new URLSearchParams(body));
      else if (session !== undefined && path.at(-1) === "expire") session.status = "expired";
      else if (session !== undefined && path[1] === "pay")
        Object.assign(session, { status: "complete", payment_status: "paid" });
      response.writeHead(session === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(session ?? { error: { type: "invalid_request_error", message: "none" } }));
    });
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function made(asked: URLSearchParams): Session {
    const reference = asked.get("client_reference_id") ?? "";
    const there = [...sessions.values()].find((one) => one.client_reference_id === reference);
    const id = `cs_test_${sessions.size}`;
    const session: Session = there ?? {
      id,
      object: "checkout.session",
      client_reference_id: reference,
      amount_total: Number(asked.get("line_items[0][price_data][unit_amount]")),
      currency: asked.get("line_items[0][price_data][currency]") ?? "",
      status: "open",
      payment_status: "unpaid",
      url: `${address}/pay/${id}`,
    };
    sessions.set(session.id, session);
    return session;
  }

  return { address, sessions, close: () => server.close() };
}
