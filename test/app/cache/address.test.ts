import { parseCacheUrl } from '../../../app/adapters/cache/address';

test('an address with everything is understood', () => {
  expect(parseCacheUrl('rediss://app:p%40ss@cache.example.com:6380?cluster=true')).toEqual({
    host: 'cache.example.com',
    port: 6380,
    tls: true,
    cluster: true,
    username: 'app',
    password: 'p@ss',
  });
});

test('an address with nothing but a host is one node without TLS or password on the usual port', () => {
  expect(parseCacheUrl('redis://[::1]')).toEqual({
    host: '::1',
    port: 6379,
    tls: false,
    cluster: false,
    username: undefined,
    password: undefined,
  });
});

test.each([
  '',
  'cache',
  'http://cache',
  'redis://',
  'redis://cache/1',
  'redis://cache?cluster=maybe',
  'redis://cache?db=1',
  'redis://cache#x',
  'redis://:%ff@cache',
])('%s is no address', (text) => {
  expect(parseCacheUrl(text)).toBeUndefined();
});
