import { iamToken } from '../../contract/iam-token';
import { signatureOf } from './signature';

const SECRET = 'secret-of-a-test';
const variables = {
  AWS_ACCESS_KEY_ID: 'AKIATEST',
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: 'session',
};
const before = { ...process.env };

beforeAll(() => Object.assign(process.env, variables));

afterAll(() => {
  process.env = before;
});

test('the token is a request to connect, signed for quarter of an hour by the process’s own role', async () => {
  const token = await iamToken('eu-west-1', new Date('2026-11-27T01:02:03Z'));
  expect(token).toMatch(/^[\w-]+$/);
  const url = new URL(Buffer.from(token, 'base64url').toString());
  expect(url.origin + url.pathname).toBe('https://kafka.eu-west-1.amazonaws.com/');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    Action: 'kafka-cluster:Connect',
    'User-Agent': 'zero-to-million',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIATEST/20261127/eu-west-1/kafka-cluster/aws4_request',
    'X-Amz-Date': '20261127T010203Z',
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': 'session',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': signatureOf(url, SECRET),
  });
});
