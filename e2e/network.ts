/**
 * One person's way to the net, which can be cut and made slow: a SOCKS5 proxy (RFC 1928) of her own.
 *
 * A browser's own "offline" switch leaves open WebSockets alone; a cut here ends every connection and lets no
 * new one begin, as a tunnel in the mountains does.
 */

import { createServer, type Server, type Socket, connect as tcpConnect } from "node:net";
import { Transform } from "node:stream";

const VERSION = 5;
const NO_AUTHENTICATION = Buffer.from([VERSION, 0]);
const GRANTED = Buffer.from([VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
const REFUSED = Buffer.from([VERSION, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
const NAME = 3;
const SLICE_BYTES = 8 * 1024;

export class Network {
  private readonly sockets = new Set<Socket>();
  private cut = false;
  private bytesPerS = Number.POSITIVE_INFINITY;
  private freeAtMs = 0;
  /** All that came in. */
  broughtBytes = 0;

  private constructor(
    private readonly proxy: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<Network> {
    const proxy = createServer();
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = proxy.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const network = new Network(proxy, address.port);
    proxy.on("connection", (socket) => network.serve(socket));
    return network;
  }

  /** Ends all connections; none begins until `mend`. */
  sever(): void {
    this.cut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.cut = false;
  }

  /** No more than so much comes in from now on, on all connections together. */
  slowTo(bytesPerS: number): void {
    this.bytesPerS = bytesPerS;
  }

  stop(): void {
    this.sever();
    this.proxy.close();
  }

  private serve(socket: Socket): void {
    if (this.cut) {
      socket.destroy();
      return;
    }
    this.keep(socket);
    socket.once("data", () => {
      socket.write(NO_AUTHENTICATION);
      socket.once("data", (request) => this.open(socket, request));
    });
  }

  private open(socket: Socket, request: Buffer): void {
    const { host, port } = target(request);
    const far = tcpConnect(port, host);
    this.keep(far);
    far.once("connect", () => {
      socket.write(GRANTED);
      socket.pipe(far);
      far.pipe(this.paced()).pipe(socket);
    });
    far.once("error", () => socket.end(REFUSED));
    far.once("close", () => socket.destroy());
    socket.once("close", () => far.destroy());
  }

  private paced(): Transform {
    const paced: Transform = new Transform({
      highWaterMark: SLICE_BYTES,
      transform: async (bytes: Buffer, _encoding, done) => {
        for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
          const slice = bytes.subarray(at, at + SLICE_BYTES);
          const nowMs = performance.now();
          this.freeAtMs = Math.max(nowMs, this.freeAtMs) + (slice.length / this.bytesPerS) * 1000;
          if (this.freeAtMs > nowMs + 1) await new Promise((go) => setTimeout(go, this.freeAtMs - nowMs));
          this.broughtBytes += slice.length;
          paced.push(slice);
        }
        done();
      },
    });
    return paced;
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.sockets.delete(socket));
    socket.setNoDelay(true);
  }
}

/** Where a CONNECT request wants to go; everything here lives on this machine. */
function target(request: Buffer): { host: string; port: number } {
  const port = request.readUInt16BE(request.length - 2);
  const host = request[3] === NAME ? request.subarray(5, request.length - 2).toString() : "127.0.0.1";
  return { host: host === "localhost" ? "127.0.0.1" : host, port };
}
