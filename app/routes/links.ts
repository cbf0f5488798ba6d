import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
  onRequestAsyncHookHandler,
} from 'fastify';
import type { IsAdmin } from '../services/admin';
import { CODE_PATTERN, isCode } from '../services/codes';
import { readExpiry } from '../services/expiry';
import type { Created, Link, LinkRequest, Links } from '../services/links';
import { hostName } from '../services/urls';
import type { Limits } from './limits';
import { lastWrite, rememberWrite } from './own-writes';
import { sendProblem } from './problems';
import type { TellPath } from './server-timing';

export interface LinkRouteOptions {
  readonly links: Links;
  readonly isAdmin: IsAdmin;
  readonly limits: Limits;
  readonly tellPath: TellPath;
  /** Where users reach us; without it, where this request did. */
  readonly publicUrl?: URL | undefined;
}

interface Create {
  Body: LinkRequest;
}

interface One {
  Params: { code: string };
}

export const CREATE_SCHEMA = {
  body: {
    type: 'object',
    required: ['url'],
    additionalProperties: false,
    properties: {
      url: { type: 'string', format: 'text' },
      alias: { type: 'string', nullable: true, pattern: CODE_PATTERN },
      expiresAt: { type: 'string', nullable: true, format: 'expiry' },
    },
  },
};

/** Forms that the schema names. */
export const FORMATS = {
  // Half of a pair of surrogates is no character: written as UTF-8 it would become another one.
  text: (value: string) => !/\p{Surrogate}/u.test(value),
  expiry: (value: string) => readExpiry(value) !== undefined,
} as const;

/** What each member of the body must be, for the person who filled it in. */
const FORMS: Readonly<Record<string, string>> = {
  '/url': 'The link (url) must be a text of whole characters.',
  '/alias': 'An alias has 3 to 64 letters, digits, "-" or "_", and begins with a letter or a digit.',
  '/expiresAt':
    'The expiry (expiresAt) must be a date and time with an offset, such as 2030-01-31T12:00:00Z, before the year 10000.',
};

/** Visible ASCII, as RFC 8941 allows in a string; long enough for any UUID. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

const STATUS_OF_REFUSAL: Readonly<Record<Exclude<Created['kind'], 'created'>, number>> = {
  'not-allowed': 422,
  'key-reused': 422,
  taken: 409,
  expired: 400,
};

/** Refusals for which the database is not asked. */
const REFUSED_UNASKED: ReadonlySet<Created['kind']> = new Set(['not-allowed', 'expired']);

/** `/api/links`: make, show, delete. */
export function registerLinks(app: FastifyInstance, options: LinkRouteOptions): void {
  const { links, limits, isAdmin, tellPath, publicUrl } = options;

  // Before the body is read: a flood is not parsed.
  const onRequest: onRequestAsyncHookHandler = async (request, reply) =>
    (await limits.refuseCreate(request, reply)) ? reply : undefined;

  app.post<Create>(
    '/api/links',
    { schema: CREATE_SCHEMA, schemaErrorFormatter, onRequest },
    async (request, reply) => {
      const { base, ownHosts } = reachedAt(request);
      const idempotencyKey = request.headers['idempotency-key'];
      if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) {
        return sendProblem(reply, 400, 'An Idempotency-Key is 1 to 255 visible ASCII characters.');
      }
      const startedAt = performance.now();
      const created = await links.create(request.body, ownHosts, idempotencyKey);
      tellPath(request, reply, REFUSED_UNASKED.has(created.kind) ? [] : fromDatabase('primary', startedAt));
      if (created.kind !== 'created') {
        return sendProblem(reply, STATUS_OF_REFUSAL[created.kind], created.reason);
      }
      rememberWrite(request, reply, created.position);
      const link = toJson(created.link, base);
      return reply.code(201).header('location', link.shortUrl).header('cache-control', 'no-store').send(link);
    },
  );

  app.get<One>('/api/links/:code', async (request, reply) => {
    if (await limits.refuseGuesser(request, reply)) {
      return reply;
    }
    const { code } = request.params;
    const { base, ownHosts } = reachedAt(request);
    const startedAt = performance.now();
    const shown = isCode(code)
      ? await links.show(code, ownHosts, lastWrite(request))
      : ({ kind: 'unknown' } as const);
    switch (shown.kind) {
      case 'unknown':
        return notFound(request, reply);
      case 'gone':
        return sendProblem(reply, 410, shown.reason);
      case 'found':
        tellPath(request, reply, fromDatabase(shown.source, startedAt));
        return reply.header('cache-control', 'no-store').send(toJson(shown.link, base));
    }
  });

  app.delete<One>('/api/links/:code', async (request, reply) => {
    if (await limits.refuseGuesser(request, reply)) {
      return reply;
    }
    if (!isAdmin(request.headers.authorization)) {
      const refused = await limits.refuseGuess(request, reply);
      reply.header('www-authenticate', 'Bearer');
      return refused ? reply : sendProblem(reply, 401, 'Deleting a link needs the admin token.');
    }
    const { code } = request.params;
    const removed = isCode(code) ? await links.remove(code) : undefined;
    if (removed === undefined) {
      return notFound(request, reply);
    }
    rememberWrite(request, reply, removed.position);
    return reply.code(204).send();
  });

  async function notFound(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const refused = await limits.refuseGuess(request, reply);
    return refused ? reply : sendProblem(reply, 404, 'There is no such link.');
  }

  /**
   * Where users reach us, and the host names that are ours.
   *
   * @throws BadHost where a request that has to tell does not
   */
  function reachedAt(request: FastifyRequest): ReachedAt {
    const host = hostOf(request);
    if (host === undefined && publicUrl === undefined) {
      throw new BadHost('A request needs a Host header here: there is no PUBLIC_URL to make short links of.');
    }
    const names = [host && hostName(host), publicUrl?.hostname];
    return {
      base: publicUrl?.origin ?? `${request.scheme}://${host ?? ''}`,
      ownHosts: names.filter((name) => name !== undefined),
    };
  }
}

interface ReachedAt {
  /** What short URLs begin with. */
  readonly base: string;
  readonly ownHosts: readonly string[];
}

/** For the person who sent the request. */
class BadHost extends Error {
  override readonly name = 'BadHost';
  readonly statusCode = 400;
}

function toJson({ code, url, clicks, createdAt, expiresAt }: Link, base: string) {
  return { code, shortUrl: `${base}/${code}`, url, clicks, createdAt, expiresAt };
}

/**
 * Not the framework's `host`, which believes `X-Forwarded-Host`: our proxies hand on `Host`, and whatever else a client sends.
 * Undefined where there is none, as HTTP/1.0 allows.
 */
function hostOf({ headers: { host = '' } }: FastifyRequest): string | undefined {
  if (host !== '' && hostName(host) === undefined) {
    throw new BadHost('The Host header is not a host name.');
  }
  return host === '' ? undefined : host;
}

function schemaErrorFormatter([error]: readonly FastifySchemaValidationError[]): Error {
  return new Error(FORMS[error?.instancePath ?? ''] ?? `The body ${error?.message ?? 'is not a link'}.`);
}

function isIdempotencyKey(value: string | string[]): value is string {
  return typeof value === 'string' && IDEMPOTENCY_KEY.test(value);
}

function fromDatabase(source: string, startedAt: number): Parameters<TellPath>[2] {
  return [{ name: 'db', description: source, duration: performance.now() - startedAt }];
}
