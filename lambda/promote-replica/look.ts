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

/** Asks as a user would whether writes are taken, and by whom. Never rejects. */
export async function lookAtWrites(domainName: string): Promise<Writes> {
  return asWrites(await get(domainName, PROBES.writable));
}

/** Whether CloudFront shows something there. Never rejects: what cannot be told is not there. */
export async function isShown(domainName: string, path: string): Promise<boolean> {
  const answer = await get(domainName, path);
  return answer.kind === 'answered' && answer.status === 200;
}

/** What an answer says; only one that is certain says that nobody takes writes. */
export function asWrites(answer: Answer): Writes {
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
function get(host: string, path: string): Promise<Answer> {
  return new Promise((resolve) => {
    let reached = false;
    const asked = request({ host, path, agent: false, headers: { 'cache-control': 'no-cache' } });
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
      asked.destroy();
    };
    let timer = setTimeout(() => {
      end({ kind: 'unreached', why: `no TLS within ${REACH_TIMEOUT} ms` });
    }, REACH_TIMEOUT);
    asked.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        reached = true;
        clearTimeout(timer);
        timer = setTimeout(() => {
          end({ kind: 'silent' });
        }, ANSWER_TIMEOUT);
      });
    });
    asked.on('error', (error) => {
      end(reached ? { kind: 'silent' } : { kind: 'unreached', why: error.message });
    });
    asked.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body = (body + part).slice(0, LONGEST_ANSWER);
      });
      response.on('error', () => {
        end({ kind: 'answered', status, body });
      });
      response.on('end', () => {
        end({ kind: 'answered', status, body });
      });
    });
    asked.end();
  });
}
