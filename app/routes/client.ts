import { BlockList, isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Who sends a request, and by which scheme, when proxies of ours stand in between. Each of them appends the address that it
 * saw to `X-Forwarded-For`; whatever stands left of their entries the client has made up.
 */

/** From this many proxies on the first one is CloudFront. */
const WITH_CLOUDFRONT = 2;

/** Networks that only our own proxies are in. A server that faces users directly has public peers, and believes none. */
const NEIGHBORS = new BlockList();
for (const [network, prefix, family] of [
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
] as const) {
  NEIGHBORS.addSubnet(network, prefix, family);
}

declare module 'fastify' {
  interface FastifyRequest {
    /** By which scheme the user came, however our proxies went on from there. */
    readonly scheme: 'http' | 'https';
  }
}

/**
 * For Fastify's `trustProxy`: whether the address `hop` steps before this server (0 is who is connected to it) is a proxy of
 * ours, so that the address before it counts. Nobody is believed but for a neighbor's word. Where nobody has counted the
 * proxies (0), every neighbor in a row is one.
 */
export function trustProxies(proxies: number): (address: string, hop: number) => boolean {
  return (address, hop) => (hop === 0 || proxies === 0 ? isNeighbor(address) : hop < proxies);
}

/** Gives requests their `scheme`, worked out only where it is asked for. */
export function registerClient(app: FastifyInstance, proxies: number): void {
  app.decorateRequest('scheme', {
    getter(this: FastifyRequest) {
      return schemeOf(this, proxies);
    },
  });
}

function schemeOf({ socket, headers }: FastifyRequest, proxies: number): 'http' | 'https' {
  if (!isNeighbor(socket.remoteAddress)) {
    return 'http';
  }
  // The load balancer's own word would say how CloudFront reached it, which may be by another scheme than the user.
  const cloudFronts = proxies >= WITH_CLOUDFRONT ? headers['cloudfront-forwarded-proto'] : undefined;
  const told = String(cloudFronts ?? headers['x-forwarded-proto'] ?? '');
  return told.split(',').at(-1)?.trim().toLowerCase() === 'https' ? 'https' : 'http';
}

function isNeighbor(address = ''): boolean {
  const version = isIP(address);
  return version !== 0 && NEIGHBORS.check(address, version === 6 ? 'ipv6' : 'ipv4');
}
