import fc from 'fast-check';
import { checkUrl, hostName, leadsTo } from '../../app/services/urls';

const OWN = ['go.example.com'];

function reasonFor(url: string): string | undefined {
  const checked = checkUrl(url, OWN);
  return checked.allowed ? undefined : checked.reason;
}

test.each([
  ['https://example.com', 'https://example.com/'],
  ['  https://example.com/a b?q=ü#x ', 'https://example.com/a%20b?q=%C3%BC#x'],
  ['HTTP://EXAMPLE.com:80/', 'http://example.com/'],
  ['https://müller.example/', 'https://xn--mller-kva.example/'],
  ['https:\\\\example.com\\a', 'https://example.com/a'],
])('%s is stored as %s', (text, href) => {
  expect(checkUrl(text, OWN)).toEqual({ allowed: true, href });
});

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'ftp://example.com/',
  'file:///etc/passwd',
  'mailto:a@b.c',
])('%s is refused: its scheme is not http or https', (url) => {
  expect(reasonFor(url)).toBe('Only http and https URLs can be shortened.');
});

test.each(['', 'example.com', '//example.com', '/path', 'https://', 'http://[::1'])(
  '"%s" is no complete URL',
  (url) => {
    expect(reasonFor(url)).toMatch('not a complete URL');
  },
);

test.each(['https://user@example.com/', 'https://:password@example.com/'])(
  '%s is refused: it has credentials',
  (url) => {
    expect(reasonFor(url)).toMatch('user name or password');
  },
);

test.each([
  'https://example.com/\r\nSet-Cookie: a=b',
  'java\tscript:alert(1)',
  'https://example.com/\u0000',
  'https://a.b/\u0085',
])('%j is refused: it has a control character', (url) => {
  expect(reasonFor(url)).toMatch('control character');
});

test.each([
  'https://go.example.com/abc',
  'http://GO.EXAMPLE.COM:8080',
  'https://go.example.com./',
  'https://go%2eexample.com/',
])('%s is refused: it leads to ourselves', (url) => {
  expect(reasonFor(url)).toMatch('link to this site');
});

test('a URL that is longer than 2048 characters once encoded is refused', () => {
  expect(reasonFor(`https://example.com/${'a'.repeat(2_029)}`)).toMatch('longer');
  expect(reasonFor(`https://example.com/${'a'.repeat(2_028)}`)).toBeUndefined();
  expect(reasonFor(`https://example.com/${'ü'.repeat(400)}`)).toMatch('longer');
});

test('whatever is allowed is http or https, ASCII without spaces or controls, and allowed again as it is', () => {
  const anything = fc.oneof(
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary' }).map((rest) => `https://${rest}`),
    fc.string({ unit: 'grapheme' }).map((rest) => `http://example.com/${rest}`),
  );
  fc.assert(
    fc.property(anything, (text) => {
      const checked = checkUrl(text, OWN);
      fc.pre(checked.allowed);
      expect(checked.href).toMatch(/^https?:\/\/[\x21-\x7e]+$/);
      expect(checkUrl(checked.href, OWN)).toEqual(checked);
    }),
  );
});

test.each([
  ['localhost:3000', 'localhost'],
  ['EXAMPLE.com', 'example.com'],
  ['[::1]:80', '[::1]'],
  ['a b', undefined],
  ['example.com/path', undefined],
  ['user@example.com', undefined],
  ['', undefined],
])('the host name of "%s" is %s', (host, name) => {
  expect(hostName(host)).toBe(name);
});

test.each([
  ['https://go.example.com/a', 'go.example.com', true],
  ['https://go.example.com/a', 'go.example.com:443', true],
  ['https://go.example.com:8443/a', 'go.example.com', true],
  ['http://[::1]:3000/a', '[::1]:3000', true],
  ['http://[::1]/a', '[::1]', true],
  ['https://go.example.com/a', 'o.example.com', false],
  ['https://go.example.com/a', 'go.example', false],
  ['https://go.example.com/a', '', false],
  ['https://example.com/go.example.com/', 'go.example.com', false],
])('whether %s leads to the host "%s": %s', (href, host, expected) => {
  expect(leadsTo(href, host)).toBe(expected);
});
