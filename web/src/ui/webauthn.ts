/**
 * The browser's side of passkeys: WebAuthn JSON in, WebAuthn JSON and the PRF's answer out.
 *
 * The PRF (WebAuthn level 3) gives 32 bytes that only this passkey can give again; the core wraps the account
 * with them. `null` when the authenticator has none.
 */
import { CoreError } from "../core/api.ts";

export interface Answer {
  readonly credential: unknown;
  readonly prf: Uint8Array | null;
}

/** What every account of this app asks the PRF about. */
const PRF_INPUT = new TextEncoder().encode("hongyan prf v1");

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The options may come bare or as `{ publicKey }`. */
function publicKeyOf(options: unknown): Fields {
  const outer = fields(options);
  return "publicKey" in outer ? fields(outer["publicKey"]) : outer;
}

function bytes(value: unknown): Uint8Array<ArrayBuffer> {
  const text = String(value ?? "")
    .replace(/-/g, "+")
    .replace(/_/g, "/");
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function base64url(buffer: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function descriptors(list: unknown): PublicKeyCredentialDescriptor[] {
  if (!Array.isArray(list)) return [];
  return list.map((one: unknown) => ({ type: "public-key", id: bytes(fields(one)["id"]) }));
}

function withPrf(): AuthenticationExtensionsClientInputs {
  return { prf: { eval: { first: PRF_INPUT } } };
}

function prfOf(credential: PublicKeyCredential): Uint8Array | null {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return null;
  return first instanceof ArrayBuffer
    ? new Uint8Array(first)
    : new Uint8Array(first.buffer, first.byteOffset, first.byteLength);
}

function refusal(error: unknown): CoreError {
  const cancelled = error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
  return new CoreError(cancelled ? "passkey_cancelled" : "passkey_unavailable");
}

function asCredential(made: Credential | null): PublicKeyCredential {
  if (!(made instanceof PublicKeyCredential)) throw new CoreError("passkey_cancelled");
  return made;
}

export function passkeysPossible(): boolean {
  return typeof PublicKeyCredential === "function" && "credentials" in navigator;
}

/** Makes a passkey for `options` (PublicKeyCredentialCreationOptions as JSON). Raises CoreError. */
export async function createPasskey(options: unknown): Promise<Answer> {
  if (!passkeysPossible()) throw new CoreError("passkey_unavailable");
  const json = publicKeyOf(options);
  const user = fields(json["user"]);
  const rp = fields(json["rp"]);
  const parameters = Array.isArray(json["pubKeyCredParams"]) ? json["pubKeyCredParams"] : [];
  let made: PublicKeyCredential;
  try {
    made = asCredential(
      await navigator.credentials.create({
        publicKey: {
          challenge: bytes(json["challenge"]),
          rp: { id: String(rp["id"] ?? location.hostname), name: String(rp["name"] ?? location.hostname) },
          user: {
            id: bytes(user["id"]),
            name: String(user["name"] ?? ""),
            displayName: String(user["displayName"] ?? ""),
          },
          pubKeyCredParams: parameters.map((one: unknown) => ({ type: "public-key", alg: Number(fields(one)["alg"]) })),
          excludeCredentials: descriptors(json["excludeCredentials"]),
          authenticatorSelection: { residentKey: "required", userVerification: "required" },
          attestation: "none",
          extensions: withPrf(),
        },
      }),
    );
  } catch (error) {
    throw error instanceof CoreError ? error : refusal(error);
  }
  const response = made.response;
  if (!(response instanceof AuthenticatorAttestationResponse)) throw new CoreError("passkey_unavailable");
  const credential = {
    id: made.id,
    rawId: base64url(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      attestationObject: base64url(response.attestationObject),
      transports: response.getTransports(),
    },
    clientExtensionResults: {},
  };
  return { credential, prf: prfOf(made) };
}

/**
 * Answers `options` (PublicKeyCredentialRequestOptions as JSON) with a passkey. Raises CoreError.
 * `asksPrf`: what signs in unwraps the account with the PRF; what confirms a payment has no use for it.
 */
export async function usePasskey(options: unknown, asksPrf = true): Promise<Answer> {
  if (!passkeysPossible()) throw new CoreError("passkey_unavailable");
  const json = publicKeyOf(options);
  let made: PublicKeyCredential;
  try {
    made = asCredential(
      await navigator.credentials.get({
        publicKey: {
          challenge: bytes(json["challenge"]),
          rpId: String(json["rpId"] ?? location.hostname),
          allowCredentials: descriptors(json["allowCredentials"]),
          userVerification: "required",
          ...(asksPrf && { extensions: withPrf() }),
        },
      }),
    );
  } catch (error) {
    throw error instanceof CoreError ? error : refusal(error);
  }
  const response = made.response;
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new CoreError("passkey_unavailable");
  const credential = {
    id: made.id,
    rawId: base64url(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      authenticatorData: base64url(response.authenticatorData),
      signature: base64url(response.signature),
      userHandle: response.userHandle === null ? null : base64url(response.userHandle),
    },
    clientExtensionResults: {},
  };
  return { credential, prf: prfOf(made) };
}
