import { request } from 'node:https';
import * as v from 'valibot';
import { PROBES } from '../../contract/settings';
import type { Writes } from './promotion';

/** For a TLS connection to CloudFront, in ms. */
const CONNECT_TIMEOUT = 5_000;
/** For an answer after that, in ms. A data center that is slower accepts no user’s writes. */
const ANSWER_TIMEOUT = 12_000;
/** A probe’s answer is short; more of it is not read, in characters. */
const MAX_ANSWER = 10_000;

type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** Connected, and no answer yet. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'unreached'; readonly why: string };

/** How CloudFront is reached; tests have a port and a certificate authority of their own. */
export interface Endpoint {
  readonly domainName: string;
  /** @default 443 */
  readonly port?: number;
  /** Certificate authority, in PEM form. @default - those of Node */
  readonly authority?: string;
}

/** Asks as a user would whether writes are accepted, and in which region. Never rejects. */
export async function probeWrites(endpoint: Endpoint): Promise<Writes> {
  return asWrites(await get(endpoint, PROBES.writable));
}

/** Whether CloudFront answers a path with 200. Never rejects: no answer counts as no. */
export async function isServed(endpoint: Endpoint, path: string): Promise<boolean> {
  const answer = await get(endpoint, path);
  return answer.kind === 'answered' && answer.status === 200;
}

/** Only an answer that is certain means that no data center accepts writes. */
function asWrites(answer: Answer): Writes {
  switch (answer.kind) {
    case 'silent':
      return { kind: 'none' };
    case 'unreached':
      return { kind: 'unknown', why: `CloudFront was not reached: ${answer.why}` };
    case 'answered':
      if (answer.status === 200) {
        return { kind: 'taken', region: regionIn(answer.body) };
      }
      return answer.status >= 500
        ? { kind: 'none' }
        : { kind: 'unknown', why: `${PROBES.writable} is answered with ${answer.status}` };
  }
}

const NAMES_REGION = v.pipe(v.string(), v.parseJson(), v.object({ region: v.string() }));

/** Our application answers with its region; a team’s own need not. */
function regionIn(body: string): string | undefined {
  const read = v.safeParse(NAMES_REGION, body);
  return read.success ? read.output.region : undefined;
}

/**
 * `fetch` does not distinguish a failed connection to CloudFront, which says nothing about data centers, from a CloudFront that waits for a
 * dead one. Each request has a new connection, because an old one may lead to an edge location that is down.
 */
function get({ domainName, port = 443, authority }: Endpoint, path: string): Promise<Answer> {
  return new Promise((resolve) => {
    let answer: Answer = { kind: 'unreached', why: `no TLS within ${CONNECT_TIMEOUT} ms` };
    const sent = request({
      host: domainName,
      port,
      path,
      agent: false,
      headers: { 'cache-control': 'no-cache' },
      ca: authority,
    });
    const end = (): void => {
      clearTimeout(timer);
      resolve(answer);
      sent.destroy();
    };
    let timer = setTimeout(end, CONNECT_TIMEOUT);
    sent.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        answer = { kind: 'silent' };
        clearTimeout(timer);
        timer = setTimeout(end, ANSWER_TIMEOUT);
      });
    });
    sent.on('error', (error) => {
      answer = answer.kind === 'unreached' ? { kind: 'unreached', why: error.message } : answer;
      end();
    });
    // The status alone decides, whether or not the body ends.
    sent.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let body = '';
      answer = { kind: 'answered', status, body };
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body = (body + part).slice(0, MAX_ANSWER);
        answer = { kind: 'answered', status, body };
      });
      response.on('error', end);
      response.on('end', end);
    });
    sent.end();
  });
}
