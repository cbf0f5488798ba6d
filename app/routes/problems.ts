import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isPassing, isReadOnly } from '../services/health';
import { isForPerson } from './visits';
import { NO_DATABASE, type TellPath } from './server-timing';

/** The part of the log that is written to from here. */
interface RouteLog {
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}

/** When to come back after a 503, in seconds: a database that restarts or fails over is asked again by every client. */
const RETRY_AFTER_SECONDS = 2;

const NO_ANSWER = 'The database does not answer at the moment. Please try again in a few seconds.';
const READ_ONLY =
  'This data center is read-only at the moment: links lead on, but none is made or deleted. Please try again in a few seconds.';

const MEDIA_TYPE = 'application/problem+json';

/** RFC 9457; `detail` is a sentence for the person in front of the client. */
interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

function toProblem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
}

/** A problem document; a page where a person is shown it. */
export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const problem = toProblem(status, detail);
  const { problemPage } = reply.server;
  reply.code(status).header('cache-control', 'no-store');
  return problemPage !== undefined && isForPerson(reply.request)
    ? problemPage(reply, problem)
    : reply.type(MEDIA_TYPE).send(JSON.stringify(problem));
}

export function sendUnavailable(reply: FastifyReply, detail: string): FastifyReply {
  return sendProblem(reply.header('retry-after', RETRY_AFTER_SECONDS), 503, detail);
}

type ErrorHandler = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** For errors that a route did not expect: the framework's (malformed, too large …), the database's, and our mistakes. */
export function createErrorHandler(log: RouteLog, tellPath: TellPath): ErrorHandler {
  return (error, request, reply) => {
    const { method, url } = request;
    if (isPassing(error)) {
      log.warn({ err: error.cause, method, url }, 'The database was unavailable to a request.');
      tellPath(request, reply, NO_DATABASE);
      return sendUnavailable(reply, isReadOnly(error) ? READ_ONLY : NO_ANSWER);
    }
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) {
      return sendProblem(reply, status, sentence(error.message));
    }
    log.error({ err: error, method, url }, 'A request failed.');
    tellPath(request, reply, []);
    return sendProblem(reply, 500, 'Something went wrong on our side.');
  };
}

/** A problem as it goes over the wire where there is no reply of the framework's to send it. */
export function problemMessage(status: number, detail: string) {
  const body = JSON.stringify(toProblem(status, detail));
  const headers = {
    'content-type': MEDIA_TYPE,
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  };
  return { headers, body };
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return text.endsWith('.') ? text : `${text}.`;
}
