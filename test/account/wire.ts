/** The services' wire formats: AWS's Query protocol with XML answers, JSON by target, and S3's REST. */
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { textOf } from './template';

/** One request, as any of the services hears it. */
export interface Heard {
  /** The service and region that the client signed for. */
  readonly service: string;
  readonly region: string;
  /** Name of what is asked; for S3 its method. */
  readonly action: string;
  /** Fields of a form or of a JSON object. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Path, without the leading `/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a service refuses, by the code that its clients know. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

export async function hear(request: IncomingMessage): Promise<Heard> {
  const { method = '', url = '', headers } = request;
  const raw = await buffer(request);
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([a-z0-9-]+)\/([a-z0-9-]+)\//.exec(headers.authorization ?? '') ?? [];
  const target =
    String(headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1) ?? '';
  const body = String(headers['content-encoding']).includes('aws-chunked') ? unchunked(raw) : raw;
  const form = String(headers['content-type']).includes('urlencoded')
    ? new URLSearchParams(body.toString())
    : undefined;
  return {
    service,
    region,
    action: form?.get('Action') ?? (target === '' ? method : target),
    fields: form === undefined ? fromJson(target === '' ? '' : body.toString()) : fromForm(form),
    path: decodeURIComponent(pathname.slice(1)),
    query: searchParams,
    body,
  };
}

function fromJson(text: string): Readonly<Record<string, unknown>> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- a request in JSON is an object
  return text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
}

/** `Tags.member.1.Key=a` → `{ Tags: [{ Key: 'a' }] }`. */
function fromForm(form: URLSearchParams): Readonly<Record<string, unknown>> {
  const root: Node = new Map();
  for (const [path, value] of form) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    const inner = parts.reduce((node, part) => {
      const next = node.get(part);
      if (next instanceof Map) return next;
      const made: Node = new Map();
      node.set(part, made);
      return made;
    }, root);
    inner.set(last, value);
  }
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the root has names, so it is no list
  return plain(root) as Readonly<Record<string, unknown>>;
}

type Node = Map<string, Node | string>;

function plain(node: Node | string): unknown {
  if (typeof node === 'string') return node;
  const members = node.get('member');
  if (members instanceof Map) return [...members.values()].map(plain);
  return Object.fromEntries([...node].map(([key, inner]) => [key, plain(inner)]));
}

/** A body that a client sent in signed chunks, each with its length before it. */
function unchunked(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < raw.length;) {
    const end = raw.indexOf('\r\n', at);
    const length = Number.parseInt(raw.toString('latin1', at, end).split(';')[0] ?? '', 16);
    if (end < 0 || !(length > 0)) break;
    parts.push(raw.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return Buffer.concat(parts);
}

/** A value as XML: lists by `member`, times in ISO 8601, nothing where there is nothing. */
function xml(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((one) => `<member>${xml(one)}</member>`).join('');
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => `<${key}>${xml(inner)}</${key}>`)
      .join('');
  }
  return textOf(value).replace(
    /[&<>]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign,
  );
}

/** The answer of a service that speaks the Query protocol. */
export function queried(action: string, result: unknown): Answer {
  return {
    status: 200,
    type: 'text/xml',
    body: `<${action}Response><${action}Result>${xml(result)}</${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`,
  };
}

export function json(value: unknown): Answer {
  return { status: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(value) };
}

/** A refusal in the words of the service that was asked. */
export function refused({ service }: Heard, { code, message, status }: Refusal): Answer {
  if (service === 's3') {
    return {
      status,
      type: 'application/xml',
      body: `<Error><Code>${code}</Code><Message>${xml(message)}</Message></Error>`,
    };
  }
  return QUERY.has(service)
    ? {
        status,
        type: 'text/xml',
        body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${xml(message)}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
      }
    : { status, type: 'application/x-amz-json-1.1', body: JSON.stringify({ __type: code, message }) };
}

const QUERY: ReadonlySet<string> = new Set([
  'cloudformation',
  'sts',
  'rds',
  'sns',
  'elasticloadbalancing',
  'autoscaling',
  'ec2',
  'iam',
]);
