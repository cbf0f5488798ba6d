import { MIMEType } from 'node:util';
import type { FastifyInstance } from 'fastify';

/** A body that is refused as it came, rather than read as something else. */
class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  constructor(
    readonly statusCode: 400 | 415,
    message: string,
  ) {
    super(message);
  }
}

const UTF_8 = ['utf-8', 'utf8'];

/**
 * Takes bodies that are JSON in UTF-8, and no other. What is not UTF-8 is refused: read as if it were, it would be another text than
 * was sent. A request without a body has none, whatever type it names.
 */
export function registerJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
    const charset = new MIMEType(type).params.get('charset') ?? 'utf-8';
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    if (!UTF_8.includes(charset.toLowerCase())) {
      throw new UnreadableBody(415, 'The body must be JSON in UTF-8, not in another charset.');
    }
    if (encoding.toLowerCase() !== 'identity') {
      throw new UnreadableBody(415, 'The body must be sent as it is, in no Content-Encoding.');
    }
    return parse(request, decode(body), done);
  });
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new UnreadableBody(400, 'The body is not UTF-8.');
  }
}
