/** Through proxies of ours nothing that a client puts into headers changes who we think it is, or by which scheme it came. */
import fc from 'fast-check';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerClient, trustProxies } from '../../app/routes/client';
import './support';

type Headers = Readonly<Record<string, string>>;
type Scheme = 'http' | 'https';

interface Seen {
  readonly address: string;
  readonly scheme: Scheme;
}

/** Tells whom it takes for its client. */
function createObserver(proxies: number): FastifyInstance {
  const app = Fastify({ trustProxy: trustProxies(proxies) });
  registerClient(app, proxies);
  app.get('/', ({ ip, scheme }): Seen => ({ address: ip, scheme }));
  return app;
}

const observers = [createObserver(0), createObserver(1), createObserver(2)] as const;

afterAll(() => Promise.all(observers.map((observer) => observer.close())));

async function observe(observer: FastifyInstance, peer: string, headers: Headers): Promise<unknown> {
  const answer = await observer.inject({ url: '/', remoteAddress: peer, headers });
  return answer.json();
}

/** What a load balancer does to a request that came from `peer` by `scheme`; some replace the scheme, some append theirs. */
function throughLoadBalancer(headers: Headers, peer: string, scheme: Scheme, appends: boolean): Headers {
  return {
    ...headers,
    'x-forwarded-for': append(headers['x-forwarded-for'], peer),
    'x-forwarded-proto': appends ? append(headers['x-forwarded-proto'], scheme) : scheme,
  };
}

/** CloudFront drops what a user says of the scheme, and says it in a header of its own. */
function throughCloudFront(headers: Headers, peer: string, scheme: Scheme): Headers {
  const kept = Object.entries(headers).filter(([name]) => name !== 'x-forwarded-proto');
  return {
    ...Object.fromEntries(kept),
    'x-forwarded-for': append(headers['x-forwarded-for'], peer),
    'cloudfront-forwarded-proto': scheme,
  };
}

function append(header: string | undefined, entry: string): string {
  return header === undefined ? entry : `${header}, ${entry}`;
}

const schemes = fc.constantFrom('http', 'https');

/** Public, except for a user of a network beside ours: proxies say truly where they saw anybody. */
const users = fc.oneof(
  fc.constantFrom('203.0.113.9', '198.51.100.7', '10.1.2.3', '2001:db8::7', 'fd00::7'),
  fc.ipV4(),
  fc.ipV6(),
);
const publicUsers = fc.constantFrom(
  '203.0.113.9',
  '8.8.8.8',
  '172.32.0.1',
  '2001:db8::7',
  '::ffff:203.0.113.9',
);
const neighbors = fc.constantFrom(
  '10.0.1.7',
  '172.31.255.1',
  '192.168.0.2',
  '127.0.0.1',
  'fd00::1',
  '::ffff:10.0.1.7',
);

const inventedEntry = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '',
    ' ',
    'unknown',
    '127.0.0.1',
    '10.0.0.1',
    '::1',
    '203.0.113.9:443',
    'https',
    'http',
    '"',
    ';',
    '%',
  ),
  fc.stringMatching(/^[\x20-\x7e]{0,12}$/),
);
const invented = fc.array(inventedEntry, { maxLength: 6 }).map((entries) => entries.join(','));
const inventedHeaders: fc.Arbitrary<Headers> = fc.dictionary(
  fc.constantFrom(
    'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-real-ip', 'forwarded', 'via',
    'cloudfront-forwarded-proto', 'cloudfront-viewer-address', 'true-client-ip', 'host',
  ), // prettier-ignore
  invented,
);

test('without a proxy a user is who is connected, by plain HTTP', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...observers),
      publicUsers,
      inventedHeaders,
      async (observer, user, headers) => {
        expect(await observe(observer, user, headers)).toEqual({ address: user, scheme: 'http' });
      },
    ),
  );
});

test('behind the load balancer a user is whom the load balancer saw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        user: users,
        scheme: schemes,
        appends: fc.boolean(),
        peer: neighbors,
        headers: inventedHeaders,
      }),
      async ({ user, scheme, appends, peer, headers }) => {
        const arriving = throughLoadBalancer(headers, user, scheme, appends);
        expect(await observe(observers[1], peer, arriving)).toEqual({ address: user, scheme });
      },
    ),
  );
});

test('behind CloudFront and the load balancer a user is whom CloudFront saw, however CloudFront went on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        user: users,
        scheme: schemes,
        onwards: schemes,
        peer: neighbors,
        headers: inventedHeaders,
      }),
      async ({ user, scheme, onwards, peer, headers }) => {
        const atLoadBalancer = throughCloudFront(headers, user, scheme);
        const arriving = throughLoadBalancer(atLoadBalancer, '130.176.0.9', onwards, false);
        expect(await observe(observers[2], peer, arriving)).toEqual({ address: user, scheme });
      },
    ),
  );
});

test('where nobody has counted the proxies, all neighbors in a row are passed over', async () => {
  const headers = {
    'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.0.0.4, 127.0.0.1',
    'x-forwarded-proto': 'https',
  };
  expect(await observe(observers[0], '10.0.1.7', headers)).toEqual({
    address: '203.0.113.9',
    scheme: 'https',
  });
});

test('a health check of the load balancer, which forwards for nobody, comes from the load balancer', async () => {
  expect(await observe(observers[2], '10.0.1.7', {})).toEqual({ address: '10.0.1.7', scheme: 'http' });
});

test('a neighbor may name the network interface of its address', async () => {
  expect(await observe(observers[1], 'fe80::1%eth0', { 'x-forwarded-for': '203.0.113.9' })).toEqual({
    address: '203.0.113.9',
    scheme: 'http',
  });
});
