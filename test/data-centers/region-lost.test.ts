/**
 * Rung 7 on this machine, under a steady load through the edge: two data centers, each with its own database, cache, load
 * balancer and servers, the second database replicating the first. The first data center is killed as a whole, the second
 * one's database promoted, the first comes back, and rejoins by docs/runbook.md's steps.
 *
 * Ten seconds of AWS are a quarter of one here: health checks' interval, the names' TTL, and the promotion's pauses.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeLiteral } from 'pg';
import { MARK_PATH } from '../../contract/promotion';
import { PROBES } from '../../contract/settings';
import { promoteReplica, type ReplicaRegion, type Writes } from '../../lambda/promote-replica/promotion';
import { watch } from '../../lambda/watch-writes/watch';
import { startDataCenterEdge, type DataCenterEdge } from '../../local/parts/data-center-edge';
import { startPostgres, type Postgres } from '../../local/parts/postgres';
import { configure, startReplica, type Replica } from '../../local/parts/replication';
import { ask as visit, startLoad, type Answer, type Load } from '../app/replicas/load';
import { eventually, runSql } from '../app/support';
import { ask as request } from '../edge/ask';
import { ask, catchUp, until } from '../local/support';
import { startDataCenter, type DataCenter } from './data-center';

const FIRST = 'us-east-1';
const SECOND = 'eu-west-1';

const SCALE = 40;
const INTERVAL_MS = 10_000 / SCALE;
const TTL_MS = 10_000 / SCALE;
/** Not to scale: a busy machine is no dead data center. */
const TIMEOUT_MS = 1_000;

/** Until everybody asks elsewhere: three probes in a row and the name's TTL; and a probe that is under way, or late. */
const SWITCH_MS = 3 * INTERVAL_MS + TTL_MS + INTERVAL_MS + TIMEOUT_MS;

/** Both sides and the load share this process and two processors: what it was kept from running is the machine's fault. */
const stalls = monitorEventLoopDelay();
const margin = (): number => 500 + stalls.max / 1e6;

/** How far the second database is behind when the first is killed; between regions it is about as much. */
const LAG_MS = 1_000;

let primary: Postgres;
let replica: Replica;
let rejoined: Replica | undefined;
let first: DataCenter;
let second: DataCenter;
let edge: DataCenterEdge;
let load: Load;
const report: string[] = [];

beforeAll(async () => {
  stalls.enable();
  primary = await startPostgres();
  replica = await startReplica(primary, { name: SECOND });
  [first, second] = await Promise.all([startDataCenter(FIRST, primary), startDataCenter(SECOND, replica)]);
  edge = await startDataCenterEdge({
    dataCenters: [first, second],
    secret: 'secret1',
    staticPath: '/static/',
    interval: INTERVAL_MS,
    timeToLive: TTL_MS,
    timeout: TIMEOUT_MS,
  });
  load = startLoad([edge.url]);
  // Its first requests open connections on both sides, which takes seconds on a busy machine.
  await until(() => load.ownReads.length > 0);
});

afterAll(async () => {
  stalls.disable();
  await load.stop();
  await edge.stop();
  await Promise.all([first.stop(), second.stop()]);
  process.stderr.write(`${report.join('\n')}\n`);
});

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

/** Lets the load run, and hands over what was answered meanwhile. */
async function during(milliseconds: number) {
  const from = performance.now();
  await sleep(milliseconds);
  const since = ({ at }: Answer): boolean => at >= from;
  return {
    redirects: load.redirects.filter(since),
    creates: load.creates.filter(since),
    ownReads: load.ownReads.filter(since),
  };
}

/** Statuses and data centers, each once. */
function kinds(answers: readonly Answer[]): readonly string[] {
  return [...new Set(answers.map(({ status, region }) => `${status} ${region ?? 'edge'}`))].sort();
}

async function codesOn(server: Postgres): Promise<ReadonlySet<string>> {
  const codes = await ask(server, `SELECT coalesce(string_agg(code, ' '), '') AS answer FROM links`);
  return new Set(String(codes).split(' ').filter(Boolean));
}

function without(codes: Iterable<string>, others: ReadonlySet<string>): readonly string[] {
  return [...codes].filter((code) => !others.has(code));
}

const isMarked = async (region: string): Promise<boolean> =>
  (await request(`${edge.url}${MARK_PATH}/${region}`)).status === 200;

/** One look through the edge, which is there: so its answer is certain. */
async function writes(): Promise<Writes> {
  const { status, body } = await request(`${edge.url}${PROBES.writable}`);
  return status === 200 ? { kind: 'taken', region: memberOf(body, 'region') } : { kind: 'none' };
}

function memberOf(json: string, name: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === 'object' && value !== null ? String(Reflect.get(value, name)) : '';
}

const instance = async () => ({
  isReplica: (await ask(replica, 'SELECT pg_is_in_recovery() AS answer')) === true,
  status: 'available',
});

/** The second region, as the function there that promotes its replica sees and changes it. */
const secondRegion: ReplicaRegion = {
  region: SECOND,
  instance,
  async promote() {
    await replica.promote();
    return { kind: 'accepted' };
  },
  writes,
  markIsThere: () => isMarked(SECOND),
  writeMark: () => edge.mark(SECOND),
  removeMark: () => edge.unmark(SECOND),
  otherMarks: async () => ((await isMarked(FIRST)) ? [FIRST] : []),
  sleep: (duration) => sleep(duration / SCALE),
  remaining: () => 900_000,
};

const ORDER = { force: false, resume: false, reason: 'the first data center is gone' };

describe('while all is well', () => {
  test('the nearest data center answers everything', async () => {
    const { redirects, creates, ownReads } = await during(2_000);
    expect(kinds(redirects)).toEqual([`302 ${FIRST}`]);
    expect(kinds(creates)).toEqual([`201 ${FIRST}`]);
    expect(kinds(ownReads)).toEqual([`302 ${FIRST}`]);
  });

  test('no promotion is begun', async () => {
    expect(await promoteReplica(secondRegion, ORDER)).toMatchObject({ outcome: 'refused' });
    expect(await isMarked(SECOND)).toBe(false);
  });
});

describe('with the first data center killed', () => {
  /** From then on nothing was replicated any more: so much is behind what a region sends across the world. */
  let cut: number;
  let killed: number;
  let replicated: ReadonlySet<string>;

  beforeAll(async () => {
    // Whoever asks for what the second one has not received hears 404, and rightly.
    load.visitOnlyOlder();
    await catchUp(replica, primary);
    cut = performance.now();
    await configure(replica, { primary_conninfo: '' });
    await sleep(LAG_MS);
    stalls.reset();
    await first.kill();
    killed = performance.now();
    replicated = await codesOn(replica);
  });

  test('reads go on from the second one as soon as health checks and the TTL allow', async () => {
    await sleep(SWITCH_MS + margin());
    const failed = load.redirects.filter(
      ({ at, milliseconds, status }) => at + milliseconds > killed && status !== 302,
    );
    const last = Math.max(killed, ...failed.map(({ at }) => at));
    const all = load.redirects.filter(({ at }) => at > killed).length;
    report.push(
      `first data center killed: ${failed.length} of ${all} redirects failed, for ${seconds(last - killed)} ` +
        `(health checks and TTL allow ${seconds(SWITCH_MS)})`,
    );
    expect(last - killed).toBeLessThan(SWITCH_MS + margin());
    expect(kinds((await during(1_000)).redirects)).toEqual([`302 ${SECOND}`]);
  });

  test('writes are refused at once by a data center that says so, with a time to come back', async () => {
    const { creates } = await during(1_000);
    expect(kinds(creates).map((kind) => kind.split(' ')[0])).toStrictEqual(['503']);
    expect(creates.filter(({ retryAfter }) => !(Number(retryAfter) > 0))).toEqual([]);
    expect(Math.max(...creates.map(({ milliseconds }) => milliseconds))).toBeLessThan(1_000 + margin());
    expect(await writes()).toEqual({ kind: 'none' });
    const { body } = await request(`${edge.url}/api/links`, {
      method: 'POST',
      body: { url: 'https://example.com/' },
    });
    expect(memberOf(body, 'detail')).toMatch('This data center is read-only at the moment');
  });

  test('the API still shows links', async () => {
    const [code = ''] = replicated;
    expect((await visit(edge.url, `/api/links/${code}`, {})).answer.status).toBe(200);
  });

  test('promotion makes the second one writable, with no server restarted', async () => {
    const servers = second.servers();
    const from = performance.now();
    const { outcome } = await promoteReplica(secondRegion, ORDER);
    const accepted = await eventually(
      () => Promise.resolve(load.creates.find(({ at, status }) => at > from && status === 201)),
      (answer) => answer !== undefined,
    );
    report.push(
      `promotion: the first write is accepted ${seconds((accepted?.at ?? NaN) - from)} after the order`,
    );
    expect(outcome).toBe('done');
    expect(accepted?.region).toBe(SECOND);
    expect(second.servers()).toEqual(servers);
    // Each server finds out by itself, within a second or so.
    await eventually(
      () =>
        Promise.all(second.settings.map(({ PORT }) => request(`http://127.0.0.1:${PORT}${PROBES.writable}`))),
      (answers) => answers.every(({ status }) => status === 200),
    );
    const { creates, redirects, ownReads } = await during(1_000);
    expect(kinds(creates)).toEqual([`201 ${SECOND}`]);
    expect(kinds(redirects)).toEqual([`302 ${SECOND}`]);
    expect(kinds(ownReads)).toEqual([`302 ${SECOND}`]);
  });

  test('every write that was acknowledged and replicated is there, and so is every later one', async () => {
    const acknowledged = [...load.acknowledged];
    const stored = await codesOn(replica);
    const before = acknowledged.filter(([, at]) => at <= killed);
    const lost = before.filter(([code]) => !stored.has(code)).map(([, at]) => at);
    report.push(
      `recovery point: ${lost.length} of ${before.length} acknowledged writes lost, of the last ` +
        `${seconds(killed - Math.min(killed, ...lost))}; nothing was replicated for ${seconds(killed - cut)}`,
    );
    expect(before.filter(([code]) => replicated.has(code)).length).toBeGreaterThan(0);
    expect(without(replicated, stored)).toEqual([]);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.filter((at) => at < cut)).toEqual([]);
    const after = acknowledged.filter(([, at]) => at > killed).map(([code]) => code);
    expect(without(after, stored)).toEqual([]);
  });
});

describe('when the first data center comes back', () => {
  let itsOwn: ReadonlySet<string>;
  const told: string[] = [];

  const watchOnce = () =>
    watch({
      writes,
      markIsThere: () => isMarked(SECOND),
      instance,
      sourceIsReadOnly: async () =>
        (await ask(primary, `SELECT current_setting('default_transaction_read_only') AS answer`)) === 'on',
      makeSourceReadOnly: () => configure(primary, { default_transaction_read_only: 'on' }),
      notify: (subject) => {
        told.push(subject);
        return Promise.resolve();
      },
      log: () => undefined,
    });

  beforeAll(async () => {
    await first.revive();
    itsOwn = await codesOn(primary);
  });

  test('its database takes itself for the primary, and yet nobody is sent there', async () => {
    const { status } = await eventually(
      () => request(`${first.url}${PROBES.writable}`),
      (answer) => answer.status === 200,
    );
    expect(status).toBe(200);
    const { redirects, creates } = await during(2 * SWITCH_MS);
    const [itsHealth] = edge.health();
    expect([itsHealth?.ready.holds, itsHealth?.writable.holds]).toEqual([true, true]);
    expect(kinds(redirects)).toEqual([`302 ${SECOND}`]);
    expect(kinds(creates)).toEqual([`201 ${SECOND}`]);
    expect(without(await codesOn(primary), itsOwn)).toEqual([]);
  });

  test('the watch makes it read-only, so that it takes no write from whoever reaches it past the edge', async () => {
    await watchOnce();
    await watchOnce();
    expect(told).toEqual(['The old primary is back, and read-only']);
    const { answer } = await visit(first.url, '/api/links', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: 'https://example.com/' }),
    });
    expect([answer.status, answer.retryAfter]).toEqual([503, expect.any(String)]);
    expect(without(await codesOn(primary), itsOwn)).toEqual([]);
  });

  test('after its rejoin by the runbook it answers reads again, and nobody notices', async () => {
    const from = performance.now();
    await rejoin();
    report.push(`rejoin: ${seconds(performance.now() - from)}`);
    await eventually(
      () => Promise.resolve(edge.verdict()),
      ({ reads }) => reads === FIRST,
    );
    expect(edge.verdict()).toEqual({ reads: FIRST, writes: SECOND });
    const { redirects, creates, ownReads } = await during(2_000);
    expect(kinds(redirects)).toEqual([`302 ${FIRST}`]);
    expect(kinds(creates)).toEqual([`201 ${SECOND}`]);
    expect(kinds(ownReads)).toEqual([`302 ${FIRST}`]);
    const since = ({ at }: Answer): boolean => at >= from;
    expect(load.redirects.filter((answer) => since(answer) && answer.status !== 302)).toEqual([]);
    expect(load.creates.filter((answer) => since(answer) && answer.status !== 201)).toEqual([]);
  });

  test('then both data centers have every write that was ever acknowledged', async () => {
    await load.stop();
    await catchUp(rejoined ?? replica, replica);
    const here = await codesOn(replica);
    expect(await codesOn(rejoined ?? primary)).toEqual(here);
    expect(without(load.acknowledged.keys(), here)).toEqual([]);
  });

  /** docs/runbook.md, "The old region comes back": each step, with a port for a name. */
  async function rejoin(): Promise<void> {
    // 1. What only the old primary has is copied.
    const onlyThere = without(itsOwn, await codesOn(replica));
    await copy(onlyThere);
    report.push(`rejoin: ${onlyThere.length} writes were on the old primary alone, and were copied`);
    // 2 and 3. A replica of the promoted one takes the old one's name.
    await primary.stop();
    rejoined = await startReplica(replica, { name: FIRST, port: primary.port });
    first.exchangeDatabase(rejoined);
    // 4. Its servers learn at their start that their database replicates another.
    await first.replaceServers();
    await eventually(
      () => request(`${first.url}${PROBES.ready}`),
      ({ status }) => status === 200,
    );
    // 5. It takes no writes: only then nobody has to be kept from it.
    expect((await request(`${first.url}${PROBES.writable}`)).status).toBe(503);
    await edge.unmark(SECOND);
  }

  async function copy(codes: readonly string[]): Promise<void> {
    const rows = await ask(
      primary,
      `SELECT json_agg(links)::text AS answer FROM links WHERE code IN (${codes.map(escapeLiteral).join()})`,
    );
    await runSql(
      replica.url,
      `INSERT INTO links SELECT * FROM json_populate_recordset(NULL::links, ${escapeLiteral(String(rows))})`,
    );
  }
});
