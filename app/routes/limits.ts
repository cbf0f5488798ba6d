import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './problems';

/** Links that one client address may make in a minute, per process. */
const CREATES_PER_MINUTE = 60;

/** Codes or tokens that one client address may guess wrong in a minute, per process. */
const GUESSES_PER_MINUTE = 120;

/** Client addresses remembered per limit; beyond it the least recently seen starts anew. Some 2 MB in all. */
const MAX_ADDRESSES = 10_000;

const MINUTE_MS = 60_000;

/**
 * Limits per client address (an IPv6 client is its /64), counted in each process by itself: with n processes a client
 * gets up to n times as much. They hold abuse off; they are no quota.
 */
export interface Limits {
  /** Counts a link about to be made. */
  readonly refuseCreate: Refuse;
  /** Counts an unknown code or a wrong token. */
  readonly refuseGuess: Refuse;
  /** Counts nothing: whether the client has guessed too often already, so that its next guess is not looked up. */
  readonly refuseGuesser: Refuse;
}

/** True where that is too many: a 429 has been sent. */
type Refuse = (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>;

/** Needs `@fastify/rate-limit` to be registered with `RATE_LIMIT_OPTIONS`. */
export function createLimits(app: FastifyInstance): Limits {
  const creates = app.createRateLimit({ max: CREATES_PER_MINUTE, timeWindow: MINUTE_MS });
  const guesses = app.createRateLimit({ max: GUESSES_PER_MINUTE, timeWindow: MINUTE_MS });
  /** Until when a client may be refused for its guesses, on `Date.now()`: mostly none is, and none need be looked up. */
  let guessersUntil = -Infinity;
  return {
    refuseCreate: async (request, reply) => refuse(await creates(request), reply, 'Too many links'),
    refuseGuess: async (request, reply) => {
      const verdict = await guesses(request);
      guessersUntil = isExceeded(verdict) ? Date.now() + MINUTE_MS : guessersUntil;
      return refuse(verdict, reply, 'Too many unknown links');
    },
    refuseGuesser: async (request, reply) =>
      Date.now() < guessersUntil &&
      refuse(await guesses(request, { increment: false }), reply, 'Too many unknown links'),
  };
}

/** For the registration of `@fastify/rate-limit`: no route is limited unless it asks. */
export const RATE_LIMIT_OPTIONS = { global: false, cache: MAX_ADDRESSES } as const;

type Verdict = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>;

function isExceeded(verdict: Verdict): verdict is Exclude<Verdict, { readonly isAllowed: true }> {
  return !verdict.isAllowed && verdict.isExceeded;
}

function refuse(verdict: Verdict, reply: FastifyReply, what: string): boolean {
  if (!isExceeded(verdict)) {
    return false;
  }
  const seconds = Math.max(1, verdict.ttlInSeconds);
  reply.header('retry-after', seconds);
  sendProblem(reply, 429, `${what} from your address. Please try again in ${seconds} seconds.`);
  return true;
}
