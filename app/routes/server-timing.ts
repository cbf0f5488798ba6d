import type { FastifyReply, FastifyRequest } from 'fastify';

/** A part that a request passed, or its click afterwards; one of `Server-Timing`'s metrics. */
export interface Part {
  readonly name: 'cache' | 'db' | 'queue';
  readonly description: string;
  /** In ms. */
  readonly duration?: number;
}

/** Tells the path that a request took, in the answer's `Server-Timing`. */
export type TellPath = (request: FastifyRequest, reply: FastifyReply, parts: readonly Part[]) => void;

/** The path of a request that ended at its database: no server of it answers, or none takes writes. */
export const NO_DATABASE: readonly Part[] = [{ name: 'db', description: 'unavailable' }];

export interface ServerTimingOptions {
  /** Names that need no escaping in a header; the settings see to it. */
  readonly serverId: string;
  readonly region: string;
  /** Otherwise only to a request with `Prefer: server-timing` (RFC 7240): it names servers, which is harmless, and of no use to users. */
  readonly always: boolean;
}

const PREFERENCE = 'server-timing';

export function createTellPath({ serverId, region, always }: ServerTimingOptions): TellPath {
  const where = `server;desc="${serverId}", region;desc="${region}"`;
  return (request, reply, parts) => {
    if (always || isPreferred(request.headers['prefer'])) {
      reply.header('server-timing', [where, ...parts.map(toMetric)].join(', '));
    }
  };
}

function isPreferred(prefer: string | string[] | undefined): boolean {
  return (
    typeof prefer === 'string' &&
    prefer.split(',').some((preference) => preference.trim().toLowerCase() === PREFERENCE)
  );
}

function toMetric({ name, description, duration }: Part): string {
  const metric = `${name};desc=${description}`;
  return duration === undefined ? metric : `${metric};dur=${duration.toFixed(1)}`;
}
