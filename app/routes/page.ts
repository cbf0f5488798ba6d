import type { FastifyInstance, FastifyReply } from 'fastify';
import Negotiator from 'negotiator';
import { sendProblem } from './problems';

/** Nothing from elsewhere, nothing inline, and no site may frame the page. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For browsers that have seen the page over HTTPS once: a year of nothing else. */
const HSTS = 'max-age=31536000';

/** The server bundle's names of files, `/static/page.<16 hex digits>.css`: another content has another name. */
const FINGERPRINTED = /^\/static\/.*\.[\da-f]{16}\.\w+$/;

/** A year, the longest that caches understand; browsers do not even ask again when the page is reloaded. */
const FOREVER = 'public, max-age=31536000, immutable';

/** Asked for again each time, and mostly answered with 304: a deployment is seen at once. */
const ASK_AGAIN = 'no-cache';

/** One of the page's files, ready to be sent. */
interface File {
  readonly path: string;
  readonly type: string;
  readonly etag: string;
  readonly content: Buffer;
  readonly gzipped: Buffer;
}

/** Compared weakly (RFC 9110, 13.1.2): a cache in between may have weakened the tag, and still has the same content. */
const ENTITY_TAG = /"[^"]*"/g;

/** Ours first, where a client likes both. */
const ENCODINGS = ['gzip', 'identity'];

/** The file into which a problem is written for a person; nothing is served at its own address. */
const PROBLEM_PAGE = '/problem.html';

declare module 'fastify' {
  interface FastifyInstance {
    /** Sends a problem as a page; undefined where there is no page. */
    readonly problemPage: ((reply: FastifyReply, problem: ShownProblem) => FastifyReply) | undefined;
  }
}

interface ShownProblem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

/** The page and its files, one route each: whatever else is asked for is a code or unknown. */
export function registerPage(app: FastifyInstance, files: readonly File[], publicUrl: URL | undefined): void {
  const headers = {
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(publicUrl?.protocol === 'https:' ? { 'strict-transport-security': HSTS } : {}),
  };
  const template = files.find(({ path }) => path === PROBLEM_PAGE);
  app.decorate(
    'problemPage',
    template &&
      ((reply, problem) => reply.headers(headers).type(template.type).send(fill(template, problem))),
  );
  for (const file of files.filter(({ path }) => path !== PROBLEM_PAGE)) {
    const { path, type, content, gzipped } = file;
    const cacheControl = FINGERPRINTED.test(path) ? FOREVER : ASK_AGAIN;
    app.get(path, (request, reply) => {
      reply.headers(headers).header('vary', 'accept-encoding');
      const encoding = new Negotiator(request.raw).encoding(ENCODINGS);
      if (encoding === undefined) {
        return sendProblem(reply, 406, 'This file is sent as it is, or with gzip; neither is accepted.');
      }
      const etag = etagOf(file, encoding);
      reply.header('etag', etag).header('cache-control', cacheControl);
      if (isKnown(request.headers['if-none-match'], etag)) {
        return reply.code(304).send();
      }
      reply.type(type);
      return encoding === 'gzip'
        ? reply.header('content-encoding', 'gzip').send(gzipped)
        : reply.send(content);
    });
  }
}

/** Other bytes have another tag: a strong one says that they are the same. */
function etagOf({ etag }: File, encoding: string): string {
  return encoding === 'identity' ? etag : etag.replace(/"$/, `-${encoding}"`);
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch?.trim() === '*' || (ifNoneMatch?.match(ENTITY_TAG)?.includes(etag) ?? false);
}

function fill({ content }: File, problem: ShownProblem): string {
  const words: Readonly<Record<string, string>> = { ...problem, status: String(problem.status) };
  return content.toString().replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => escaped(words[name] ?? ''));
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
