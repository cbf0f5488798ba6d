import type { FastifyInstance } from 'fastify';

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

/** The page and its files, one route each: whatever else is asked for is a code or unknown. */
export function registerPage(app: FastifyInstance, files: readonly File[], publicUrl: URL | undefined): void {
  const headers = {
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
    ...(publicUrl?.protocol === 'https:' ? { 'strict-transport-security': HSTS } : {}),
  };
  for (const { path, type, etag, content, gzipped } of files) {
    const cacheControl = FINGERPRINTED.test(path) ? FOREVER : ASK_AGAIN;
    app.get(path, (request, reply) => {
      reply.headers(headers).header('etag', etag).header('cache-control', cacheControl);
      if (request.headers['if-none-match']?.includes(etag)) {
        return reply.code(304).send();
      }
      reply.type(type);
      return request.headers['accept-encoding']?.includes('gzip')
        ? reply.header('content-encoding', 'gzip').send(gzipped)
        : reply.send(content);
    });
  }
}
