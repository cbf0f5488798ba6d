/** A test that has servers, and never ends by itself. */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../../local/parts/postgres';
import { startRedis } from '../../../local/parts/redis';
import { launchBrowser } from '../../support/browser';
import { familyOf } from '../../local/support';

it('waits', async () => {
  mkdtempSync(join(tmpdir(), 'in-use-'));
  const [database, cache] = await Promise.all([startPostgres(), startRedis(), launchBrowser()]);
  const processes = [process.pid, ...familyOf(database.pid), cache.pid];
  process.stderr.write(`${JSON.stringify({ processes, ports: [database.port, cache.port] })}\n`);
  await once(process, 'never');
  expect(processes).toEqual([]);
});
