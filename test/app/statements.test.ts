/** How few statements many askers are, and that each has its own answer: over a connection that counts. */
import type { NewLink, StoredLink } from '../../app/adapters/database';
import { createLinks } from '../../app/adapters/links';
import type { Parameter, Sql } from '../../app/adapters/sql';
import { storedLink } from './support';

/** A database that holds what is in `rows`, and notes what each statement was given. */
function createSql(rows: Map<string, StoredLink>) {
  const statements: { readonly name: string; readonly codes: readonly unknown[] }[] = [];
  const listed = (parameter: Parameter | undefined): readonly unknown[] =>
    Array.isArray(parameter) ? parameter : [parameter];
  const sql: Sql = {
    query: (statement, [codes, urls]) => {
      statements.push({ name: statement.name, codes: listed(codes) });
      const found = listed(codes).flatMap((code, index) => {
        const isNew = statement.name === 'links-insert' && !rows.has(String(code));
        if (isNew) {
          rows.set(String(code), storedLink(String(code), String(listed(urls)[index])));
        }
        return statement.name === 'links-find' || isNew ? [rows.get(String(code))] : [];
      });
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- both statements return links
      return Promise.resolve(found.filter((row) => row !== undefined) as never);
    },
    transaction: (work) => work(sql),
  };
  return { links: createLinks(sql), statements };
}

const newLink = (code: string, url = `https://example.com/${code}`): NewLink => ({
  code,
  url,
  alias: true,
  expiresAt: null,
});
const codes = Array.from({ length: 1_000 }, (_, index) => `code-${index}`);

test('a thousand look-ups of a thousand links are ten statements', async () => {
  const { links, statements } = createSql(new Map(codes.map((code) => [code, storedLink(code)])));
  const reads = await Promise.all(codes.map((code) => links.find(code)));
  expect(reads.map(({ value }) => value?.code)).toStrictEqual(codes);
  expect(statements.map((statement) => statement.codes.length)).toEqual(
    Array.from({ length: 10 }, () => 100),
  );
});

test('one that is missing and one that is deleted are answered so, each to its asker', async () => {
  const deleted = { ...storedLink('deleted'), deletedAt: new Date() };
  const { links, statements } = createSql(
    new Map([
      ['there', storedLink('there')],
      ['deleted', deleted],
    ]),
  );
  const reads = await Promise.all(['there', 'missing', 'deleted'].map((code) => links.find(code)));
  expect(reads.map(({ value }) => value?.deletedAt)).toStrictEqual([null, undefined, deleted.deletedAt]);
  expect(statements).toHaveLength(1);
});

test('a look-up that begins after a link was deleted shows that, though others gathered before', async () => {
  const rows = new Map([['abc', storedLink('abc')]]);
  const { links } = createSql(rows);
  const before = links.find('abc');
  rows.set('abc', { ...storedLink('abc'), deletedAt: new Date(0), version: 2 });
  const after = links.find('abc');
  // They share a statement, which is sent when the turn ends: it can only be newer than was asked for.
  expect((await Promise.all([before, after])).map(({ value }) => value?.version)).toStrictEqual([2, 2]);
});

test('links that are made at once are one statement in the order of their codes, each with its own answer', async () => {
  const { links, statements } = createSql(new Map([['taken', storedLink('taken')]]));
  const made = await Promise.all([
    links.insert(newLink('b')),
    links.insert(newLink('taken')),
    links.insert(newLink('a')),
    links.insert(newLink('b', 'https://example.com/second')),
  ]);
  expect(made.map((inserted) => ('link' in inserted ? inserted.link.url : inserted.kind))).toEqual([
    'https://example.com/b',
    'code-taken',
    'https://example.com/a',
    'code-taken',
  ]);
  expect(statements).toEqual([{ name: 'links-insert', codes: ['a', 'b', 'taken'] }]);
});
