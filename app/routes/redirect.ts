import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { QueueKind } from '../../contract/click-queue';
import type { Clicks } from '../services/clicks';
import { codeBefore, isCode } from '../services/codes';
import { CACHE, EXPIRED, NOT_ALLOWED, type Found, type Target, type Targets } from '../services/targets';
import { leadsTo } from '../services/urls';
import type { Limits } from './limits';
import { lastWrite } from './own-writes';
import { sendProblem } from './problems';
import type { Part, TellPath } from './server-timing';
import { isClick } from './visits';

export interface RedirectOptions {
  readonly targets: Targets;
  readonly clicks: Clicks;
  readonly limits: Limits;
  readonly tellPath: TellPath;
  /** The kind of the queue that clicks go through; without it they go to the database. */
  readonly queueKind: QueueKind | undefined;
}

interface Route {
  Params: { code: string };
}

type KnownTarget = Exclude<Target, { readonly kind: 'unknown' }>;

/** Answers a request for a link that leads on. */
type End = (request: FastifyRequest<Route>, reply: FastifyReply, url: string) => FastifyReply;

/** No cache may answer a redirect: each one is a click, and a deletion takes effect everywhere. */
const NOT_CACHED = 'private, no-store';

/**
 * Answers a visitor of a link that memory holds, before the framework sees the request: it would cost a tenth of the redirects a
 * second. False where there is more to it: then the route below answers, which says the same with all else.
 */
type AnswerHot = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createAnswerHot({ targets, clicks }: Pick<RedirectOptions, 'targets' | 'clicks'>): AnswerHot {
  return (request, response) => {
    const { url = '', method, headers } = request;
    // The path is told on request.
    if (method !== 'GET' || headers['prefer'] !== undefined) {
      return false;
    }
    const code = url.slice(1);
    const target = targets.hot(code);
    if (target === undefined || !leadsOn(target, headers.host)) {
      return false;
    }
    if (isClick(request)) {
      clicks.record(code);
    }
    response
      .writeHead(302, ['location', target.url, 'cache-control', NOT_CACHED, 'content-length', '0'])
      .end();
    return true;
  };
}

/** By whatever name the client has reached us, it is ours: led there, it would come again. */
function leadsOn(target: Target, host = ''): target is Extract<Target, { readonly kind: 'active' }> {
  return target.kind === 'active' && target.expiresAt > Date.now() && !leadsTo(target.url, host);
}

/**
 * `GET /:code`. The hot path: what memory holds is answered in the same turn, without a promise, a hook or a line in
 * the log. Query parameters are not looked at, so they cannot change where a link leads.
 *
 * `GET /path/:code` goes the same way and ends in 204: a script cannot read what a redirect says of its path. It is no
 * click.
 */
export function registerRedirect(app: FastifyInstance, options: RedirectOptions): void {
  const { targets, clicks, tellPath, queueKind } = options;
  const wayOfClicks = (): readonly Part[] =>
    queueKind === undefined
      ? []
      : [{ name: 'queue', description: clicks.areHeldUp() ? 'unavailable' : queueKind }];

  app.get<Route>('/:code', (request, reply) => find(request, reply, redirect));
  app.get<Route>('/:code/', (request, reply) => find(request, reply, redirect));
  app.get<Route>('/path/:code', (request, reply) => find(request, reply, arrive));

  function find(request: FastifyRequest<Route>, reply: FastifyReply, end: End): Promise<unknown> | undefined {
    const target = targets.hot(request.params.code);
    // The creator of a link is not told that it is unknown because it was asked for before it was made.
    if (target === undefined || (target.kind === 'unknown' && lastWrite(request) !== undefined)) {
      return load(request, reply, end);
    }
    tellPath(request, reply, [...HIT, ...wayOfClicks()]);
    if (target.kind === 'unknown') {
      return notFound(request, reply);
    }
    // The reply is not returned: Fastify would await it, which costs a tenth of the redirects a second.
    answer(request, reply, target, end);
    return undefined;
  }

  async function load(request: FastifyRequest<Route>, reply: FastifyReply, end: End): Promise<unknown> {
    const { code } = request.params;
    if (!isCode(code)) {
      // Of what was pasted from a text, `/abc1234).`, the code alone counts.
      const pasted = codeBefore(code);
      if (pasted === undefined) {
        return notFound(request, reply);
      }
      request.params.code = pasted;
      return find(request, reply, end);
    }
    if (await options.limits.refuseGuesser(request, reply)) {
      return reply;
    }
    const found = await targets.load(code, lastWrite(request));
    tellPath(request, reply, [...pathOf(found), ...wayOfClicks()]);
    return found.target.kind === 'unknown'
      ? notFound(request, reply)
      : answer(request, reply, found.target, end);
  }

  function answer(
    request: FastifyRequest<Route>,
    reply: FastifyReply,
    target: KnownTarget,
    end: End,
  ): FastifyReply {
    return leadsOn(target, request.headers.host)
      ? end(request, reply, target.url)
      : sendProblem(reply, 410, whyNot(target));
  }

  function redirect(request: FastifyRequest<Route>, reply: FastifyReply, url: string): FastifyReply {
    if (isClick(request)) {
      clicks.record(request.params.code);
    }
    return reply.code(302).header('location', url).header('cache-control', NOT_CACHED).send();
  }

  function arrive(_request: FastifyRequest<Route>, reply: FastifyReply): FastifyReply {
    return reply.code(204).header('cache-control', NOT_CACHED).send();
  }

  async function notFound(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const refused = await options.limits.refuseGuess(request, reply);
    return refused ? reply : sendProblem(reply, 404, 'There is no such link.');
  }
}

function whyNot(target: KnownTarget): string {
  if (target.kind === 'gone') {
    return target.reason;
  }
  return target.expiresAt <= Date.now() ? EXPIRED : NOT_ALLOWED;
}

const HIT = [{ name: 'cache', description: 'hit' }] as const;

/** Without a duration it was this process's memory that had it, with one the cache that servers share. */
function pathOf({ read: { source, duration } }: Found): Parameters<TellPath>[2] {
  return source === CACHE
    ? [{ name: 'cache', description: 'hit', duration }]
    : [
        { name: 'cache', description: 'miss' },
        { name: 'db', description: source, duration },
      ];
}
