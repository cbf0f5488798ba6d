import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * What a client has written last, as a position of the database's log, in a cookie: whichever server it asks next, it
 * finds its own link there, although replicas are behind.
 */
const COOKIE = 'wrote';

/** In seconds: longer than replicas may lag while they are asked, and no longer, for it costs the primary reads. */
const LIFETIME_SECONDS = 30;

/** 64 bits, as PostgreSQL's positions have, in hexadecimal digits. Whatever else the cookie may hold is ignored. */
const TOKEN = /^[0-9a-f]{1,16}$/;

/** Lets the client's next requests be answered from here or later; does nothing where there is no position. */
export function rememberWrite(
  request: FastifyRequest,
  reply: FastifyReply,
  position: bigint | undefined,
): void {
  if (position !== undefined) {
    const secure = request.scheme === 'https' ? '; Secure' : '';
    reply.header(
      'set-cookie',
      `${COOKIE}=${toToken(position)}; Max-Age=${LIFETIME_SECONDS}; Path=/; HttpOnly; SameSite=Lax${secure}`,
    );
  }
}

/** From where on the client has to be answered; undefined where it has written nothing lately, or says nonsense. */
export function lastWrite(request: FastifyRequest): bigint | undefined {
  const cookies = request.headers.cookie;
  const value = cookies
    ?.split(';')
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);
  return value === undefined ? undefined : fromToken(value);
}

export function toToken(position: bigint): string {
  return position.toString(16);
}

export function fromToken(token: string): bigint | undefined {
  return TOKEN.test(token) ? BigInt(`0x${token}`) : undefined;
}
