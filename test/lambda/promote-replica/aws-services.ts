/** RDS, S3 and SNS as their clients hear them, on 127.0.0.1: what was asked, and answers that a test gives. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { LOCAL_CREDENTIALS } from '../../../local/parts/queue';

/** One request as a service heard it. */
interface Heard {
  /** RDS's and SNS's name of what is asked, or S3's method and path. */
  readonly what: string;
  /** The region whose service was asked. */
  readonly region: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers, or leaves the client without any answer. */
export type Answers = (heard: Heard) => Answer | 'silence';

export interface Services {
  readonly heard: Heard[];
  answer: Answers;
  close(): Promise<void>;
}

/** Starts them, and points the environment's AWS clients at them until they are closed. */
export async function startServices(): Promise<Services> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    void hear(request).then((one) => {
      heard.push(one);
      const answer = services.answer(one);
      // A service's clock is the test's.
      response.sendDate = false;
      if (answer !== 'silence') {
        response.writeHead(answer.status, { 'content-type': 'text/xml', ...answer.headers }).end(answer.body);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const environment = { ...process.env };
  Object.assign(process.env, LOCAL_CREDENTIALS, {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
  });
  const services: Services = {
    heard,
    answer: wellAnswered,
    async close() {
      process.env = environment;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return services;
}

async function hear(request: IncomingMessage): Promise<Heard> {
  const body = await text(request);
  const form = new URLSearchParams(body);
  const { method = '', url = '', headers } = request;
  return {
    what: form.get('Action') ?? `${method} ${url.split('?')[0]}`,
    region: /\/([a-z0-9-]+)\/\w+\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? '',
    fields: Object.fromEntries(form),
    headers,
    body,
  };
}

/** An instance as RDS describes it. */
export const instance = (status: string, source = ''): Answer => ({
  status: 200,
  body: result(
    'DescribeDBInstances',
    `<DBInstances><DBInstance><DBInstanceStatus>${status}</DBInstanceStatus>${
      source && `<ReadReplicaSourceDBInstanceIdentifier>${source}</ReadReplicaSourceDBInstanceIdentifier>`
    }</DBInstance></DBInstances>`,
  ),
});

/** A parameter group in which these parameters were set, each by its name. */
export const parameters = (set: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  body: result(
    'DescribeDBParameters',
    `<Parameters>${Object.entries(set)
      .map(
        ([name, value]) =>
          `<Parameter><ParameterName>${name}</ParameterName><ParameterValue>${value}</ParameterValue></Parameter>`,
      )
      .join('')}</Parameters>`,
  ),
});

/** What a service refuses, as it says so. */
export const refusal = (status: number, code: string, message = code): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

/** Where nothing is wrong: an idle replica, no mark, nothing set, and everything that is asked is done. */
export const wellAnswered: Answers = ({ what }) => {
  if (what.startsWith('HEAD ')) {
    return { status: 404 };
  }
  if (/^[A-Z]+ /.test(what)) {
    return { status: what.startsWith('DELETE ') ? 204 : 200 };
  }
  return what === 'DescribeDBInstances'
    ? instance('available', 'arn:aws:rds:us-east-1:123456789012:db:primary')
    : { status: 200, body: result(what, '') };
};

const result = (action: string, content: string): string =>
  `<${action}Response><${action}Result>${content}</${action}Result></${action}Response>`;

/** A bucket that keeps what is put into it, under S3's conditions, by a clock of its own. */
export function createBucket(): {
  /** S3's time, in ms since 1970. */
  now: number;
  readonly answer: (heard: Heard) => Answer;
} {
  const objects = new Map<string, { readonly body: string; readonly tag: string; readonly at: number }>();
  const bucket = {
    now: Date.parse('2026-11-26T12:00:00Z'),
    answer({ what, headers, body }: Heard): Answer {
      const [method = '', path = ''] = what.split(' ');
      const found = objects.get(path);
      const date = new Date(bucket.now).toUTCString();
      switch (method) {
        case 'PUT': {
          if (headers['if-none-match'] === '*' && found !== undefined) {
            return s3Refusal(412, 'PreconditionFailed');
          }
          if (headers['if-match'] !== undefined && headers['if-match'] !== found?.tag) {
            return found === undefined ? s3Refusal(404, 'NoSuchKey') : s3Refusal(412, 'PreconditionFailed');
          }
          const tag = `"${createHash('md5').update(body).digest('hex')}"`;
          objects.set(path, { body, tag, at: bucket.now });
          return { status: 200, headers: { etag: tag, date } };
        }
        case 'DELETE':
          objects.delete(path);
          return { status: 204, headers: { date } };
        default:
          return found === undefined
            ? s3Refusal(404, 'NoSuchKey')
            : {
                status: 200,
                body: method === 'GET' ? found.body : '',
                headers: { etag: found.tag, date, 'last-modified': new Date(found.at).toUTCString() },
              };
      }
    },
  };
  return bucket;
}

/** S3's own form of a refusal. */
const s3Refusal = (status: number, code: string): Answer => ({
  status,
  body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});
