import { request } from 'node:https';
import { PROBES } from '../../contract/settings';
import type { Writes } from './promotion';

/** How long CloudFront itself may take to be there, in ms. */
const REACH_TIMEOUT = 5_000;
/** How long it may then wait for whoever is asked, in ms. Whoever takes longer than that takes no user's writes. */
const ANSWER_TIMEOUT = 12_000;
/** A probe's answer is short; more of it is not read. */
const LONGEST_ANSWER = 10_000;

type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** CloudFront is there and has nothing to say yet. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'unreached'; readonly why: string };

/** Where CloudFront is. On a port of its own, vouched for by somebody of their own, where tests look for it. */
export interface Place {
  readonly domainName: string;
  /** @default 443 */
  readonly port?: number;
  /** In PEM form. @default - those whom Node trusts */
  readonly authority?: string;
}

/** Asks as a user would whether writes are taken, and by whom. Never rejects. */
export async function lookAtWrites(place: Place): Promise<Writes> {
  return asWrites(await get(place, PROBES.writable));
}

/** Whether CloudFront shows something there. Never rejects: what cannot be told is not there. */
export async function isShown(place: Place, path: string): Promise<boolean> {
  const answer = await get(place, path);
  return answer.kind === 'answered' && answer.status === 200;
}

/** What an answer says; only one that is certain says that nobody takes writes. */
function asWrites(answer: Answer): Writes {
  switch (answer.kind) {
    case 'silent':
      return { kind: 'nobody' };
    case 'unreached':
      return { kind: 'unknown', why: `CloudFront was not reached: ${answer.why}` };
    case 'answered':
      if (answer.status === 200) {
        return { kind: 'taken', region: regionIn(answer.body) };
      }
      return answer.status >= 500
        ? { kind: 'nobody' }
        : { kind: 'unknown', why: `${PROBES.writable} is answered with ${answer.status}` };
  }
}

/** Our application says where it is; a team's own need not. */
function regionIn(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' &&
      value !== null &&
      'region' in value &&
      typeof value.region === 'string'
      ? value.region
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * `fetch` does not tell a CloudFront that is out of reach from one that waits for a dead data center; the first says
 * nothing about data centers, the second does. A connection of its own each time: an old one may lead to an edge that is gone.
 */
function get({ domainName, port = 443, authority }: Place, path: string): Promise<Answer> {
  return new Promise((resolve) => {
    let answer: Answer = { kind: 'unreached', why: `no TLS within ${REACH_TIMEOUT} ms` };
    const asked = request({
      host: domainName,
      port,
      path,
      agent: false,
      headers: { 'cache-control': 'no-cache' },
      ...(authority === undefined ? {} : { ca: authority }),
    });
    const end = (): void => {
      clearTimeout(timer);
      resolve(answer);
      asked.destroy();
    };
    let timer = setTimeout(end, REACH_TIMEOUT);
    asked.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        answer = { kind: 'silent' };
        clearTimeout(timer);
        timer = setTimeout(end, ANSWER_TIMEOUT);
      });
    });
    asked.on('error', (error) => {
      answer = answer.kind === 'unreached' ? { kind: 'unreached', why: error.message } : answer;
      end();
    });
    // The status alone says what matters: a body that does not end does not take it back.
    asked.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let body = '';
      answer = { kind: 'answered', status, body };
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body = (body + part).slice(0, LONGEST_ANSWER);
        answer = { kind: 'answered', status, body };
      });
      response.on('error', end);
      response.on('end', end);
    });
    asked.end();
  });
}
