/** `npm run plan` as people type it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { named } from '../../lib/capacity/plan';
import { contextOf } from '../../lib/capacity/planned';
import { reportOf } from '../../lib/capacity/report';
import { planFor } from '../../lib/scaling-plan';
import { readSettings } from '../../lib/settings/read';
import { explain, figuresOf, listed } from '../../plan/explanation';
import { asJson } from '../../plan/json';
import { planOf, readCommand } from '../../plan/options';
import { asPage } from '../../plan/page';
import { asText } from '../../plan/text';
import { ROOT } from '../support/synthesize';
import { BY_TSX } from '../support/runtime';

const PROGRAM = [...BY_TSX, join(ROOT, 'plan/run.ts')];
const TODAY = '2026-11-26';

function planned(...argv: readonly string[]) {
  const command = readCommand(argv);
  if (command.kind === 'help') throw new Error('Expected a plan.');
  return planOf(command.options);
}

describe('its options', () => {
  const habits = (...argv: readonly string[]) => {
    const command = readCommand(['--users', '1', ...argv]);
    return command.kind === 'plan' ? command.options.habits : undefined;
  };

  it.each([
    ['1000000', 1e6],
    ['1,000,000', 1e6],
    ['1M', 1e6],
    ['2.5k', 2500],
  ])('--users %s', (text, users) => {
    expect(readCommand(['--users', text])).toMatchObject({ options: { habits: { users } } });
  });

  it('takes shares, times and money as people write them', () => {
    expect(
      habits(
        ...['--far', '30%', '--latency', '200ms', '--availability', '99.95', '--growth', '20%/month'],
        ...[
          '--retention',
          '5years',
          '--budget',
          '$500',
          '--peak',
          '4',
          '--requests-per-user',
          '20',
          '--reads-per-write',
          '10',
        ],
      ),
    ).toEqual({
      users: 1,
      far: 0.3,
      latency: 200,
      availability: 0.9995,
      growth: 0.2,
      retention: 60,
      budget: 500,
      peak: 4,
      requestsPerUser: 20,
      readsPerWrite: 10,
    });
    expect(
      habits('--latency', '1.5s', '--retention', '6', '--availability', '0.999', '--far', '0.1'),
    ).toMatchObject({
      latency: 1500,
      retention: 6,
      availability: 0.999,
      far: 0.1,
    });
  });

  it.each([
    [[], '--users N is missing: how many users a day? npm run plan -- --help lists the options.'],
    [
      ['--users', 'many'],
      '--users many: expected a whole number of users from 1 to 100,000,000,000, such as 1000000 or 1M.',
    ],
    [
      ['--users', '1.5'],
      '--users 1.5: expected a whole number of users from 1 to 100,000,000,000, such as 1000000 or 1M.',
    ],
    [['--users', '1', '--far', '130%'], '--far 130%: expected a share such as 30%.'],
    [
      ['--users', '1', '--availability', '100'],
      '--availability 100: expected a share below 100 %, such as 99.95.',
    ],
    [
      ['--users', '1', '--availability', '1'],
      '--availability 1: expected a share below 100 %, such as 99.95.',
    ],
    [
      ['--users', '1', '--queue', 'rabitmq'],
      '--queue rabitmq: expected sqs, rabbitmq or kafka. Did you mean rabbitmq?',
    ],
    [['--users', '1', '--latency', 'fast'], '--latency fast: expected a time such as 200ms.'],
    [['--users', '1', '--peak', '0.5'], '--peak 0.5: expected a number from 1 on.'],
    [
      ['--users', '1', '--region', 'us-east-9'],
      '--region us-east-9: expected a region of AWS such as us-east-1. Did you mean us-east-1?',
    ],
    [
      ['--users', '1', '--budgte', '3'],
      "Unknown option '--budgte'. Did you mean --budget? npm run plan -- --help lists the options.",
    ],
  ])('%j is refused', (argv, sentence) => {
    expect(() => readCommand(argv)).toThrow(sentence);
  });
});

describe('its answer', () => {
  it.each([
    [['--users', '1000000']],
    [['--users', '20000000']],
    [['--users', '1000000', '--far', '30%', '--latency', '100ms', '--domain']],
    [['--users', '1000000', '--peak', '4', '--availability', '99.95']],
    [['--users', '3000000', '--availability', '99.99', '--reads-per-write', '10']],
    [['--users', '20M', '--availability', '99.99', '--retention', '5years']],
    [['--users', '1000000', '--region', 'eu-west-1', '--availability', '99.99']],
  ])('%j: the settings of its line make exactly what it says', (argv) => {
    const made = planned(...argv);
    const domain = { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };
    const settings = readSettings({ ...contextOf(made), ...(made.setting.hasDomain ? domain : {}) });
    expect(settings).toMatchObject({ ok: true });
    expect(settings.ok && planFor(settings.settings)).toEqual(made.answer.plan);
    expect(settings.ok && settings.settings.regions).toEqual(made.answer.regions);
  });

  const made = planned('--users', '1000000', '--availability', '99.95');
  const report = reportOf(made, TODAY);

  it('begins with the rung, then the line to paste', () => {
    const [first, , third] = asText(report).split('\n');
    expect(first).toBe('1,000,000 users a day: take rung 3 load-balancer.');
    expect(third).toBe('  npx cdk deploy --all -c stage=3');
  });

  it.each([
    [['--users', '1'], 46],
    [['--users', '1000000', '--availability', '99.95'], 48],
    [['--users', '10M', '--far', '30%', '--latency', '100ms', '--domain'], 60],
  ])('%j fits a screen of 110 columns, in %d lines', (argv, most) => {
    const lines = asText(reportOf(planned(...argv), TODAY)).split('\n');
    expect(lines.length).toBeLessThanOrEqual(most);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(110);
  });

  it('has its sentences in the columns of a narrow screen', () => {
    const sentences = asText(report, 80)
      .split('\n')
      .filter((line) => /^[a-z ]+: |^ {17}/.test(line));
    expect(sentences.length).toBeGreaterThan(10);
    expect(Math.max(...sentences.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('says of each loss what then waits, reads apart from writes', () => {
    expect(new Map(report.says).get('failures')).toBe(
      'a server or a deployment: no request fails; the database: all requests wait 20 min; an upgrade of it: all requests wait 5 min; a zone: all requests wait 4 h; a region: all requests wait 3 h.',
    );
    const two = reportOf(planned('--users', '1M', '--far', '30%', '--latency', '100ms', '--domain'), TODAY);
    expect(new Map(two.says).get('failures')).toContain(
      'a region: redirects wait 0.7 min, links cannot be made for 30 min',
    );
  });

  it('names the size of each part as the setting that makes it', () => {
    expect(report.sizes).toMatchObject({ serverInstanceType: 't4g.small', minServers: 2, maxServers: 6 });
    expect(Object.keys(report.sizes)).not.toContain('cacheNodeType');
  });

  it('holds users that are near to the latency, too', () => {
    const { answer, isEnough } = planned('--users', '1000', '--latency', '50ms');
    expect([isEnough, answer.lacks[0]?.sentence]).toEqual([
      false,
      'users wait 90 ms, where 50 ms is the most',
    ]);
  });

  it('says what saturates first, when, what the rung below lacks and what the one above adds', () => {
    const says = new Map(report.says);
    expect(says.get('saturates first')).toMatch(
      /, at [\d,]+ users a day: in .* (months|years) at 10 % a month\.$/,
    );
    expect(says.get('rung below')).toContain('2 separate-database (−$');
    expect(says.get('rung below')).toContain(
      'is not enough: it answers 99.938 % of requests, where 99.950 % is asked for',
    );
    expect(says.get('rung above')).toContain(
      'would add a standby of the database in the other zone, and read replicas',
    );
  });

  it('tells what AWS pays back for from what the design survives', () => {
    expect(new Map(report.says).get('answered')).toMatch(
      /by what load-balancer survives .* AWS pays back below 99\.4/,
    );
  });

  it('says plainly that one server would do, and what the climb is for', () => {
    const small = reportOf(planned('--users', '1000'), TODAY);
    expect(small.headline).toBe('1,000 users a day: take rung 1 single-server. One server would do.');
    expect(new Map(small.says).get('why climb')).toContain('what one server cannot');
  });

  it('offers both ways to pay for the edge, and says which is cheaper', () => {
    const far = reportOf(planned('--users', '10M', '--far', '30%', '--latency', '200ms'), TODAY);
    const edge = new Map(far.says).get('edge');
    expect(edge).toMatch(/by use, which this deploys; \$[\d,]+ by CloudFront’s flat-rate plan .* cheaper\.$/);
    expect(new Map(far.says).get('rung 6')).toMatch(
      /^CloudFront, the cheaper way, costs \$[\d,]+ more a month here than .* saves, as at any number of users/,
    );
  });

  it('says which prices are more than a year old, and names what is not modelled', () => {
    const says = new Map(report.notes);
    expect(says.get('old prices')).toMatch(/the oldest of 2024-07-01: .*ebs-snapshot/);
    expect(says.get('not modelled')).toContain('your own application');
  });

  it('refuses the cost of a region without prices by the prices that are missing', () => {
    const far = reportOf(planned('--users', '1000', '--region', 'sa-east-1'), TODAY);
    expect(far.cost.rows).toEqual([['together', '?', '?', '?', '?']]);
    expect(new Map(far.notes).get('prices')).toContain(
      'not known: there is no price for ec2-t4g.small in sa-east-1',
    );
  });

  it.each([
    ['rabbitmq', 599],
    ['kafka', 71],
  ])(
    'with %s as the queue it is the rung that has one, with what its brokers cost, and deploys so',
    (kind, cost) => {
      const made = planned('--users', '1000000', '--queue', kind, '--domain');
      expect(made.rungs.map(({ place }) => named(place))).toEqual(['8 message-queue without data-centers']);
      const { cost: table, notes } = reportOf(made, TODAY);
      expect(table.rows.find(([part]) => part === 'queue')?.[2]).toBe(`$${cost}`);
      expect(new Map(notes).has('unsure prices')).toBe(false);
      const read = readSettings({
        ...contextOf(made),
        domainName: 'links.example.com',
        hostedZoneId: 'Z0123456789ABCDEFGHIJ',
      });
      expect(read).toMatchObject({
        ok: true,
        settings: { stage: 8, queue: kind, without: ['data-centers'] },
      });
    },
  );

  it.each(['rabbitmq', 'kafka'])(
    'refuses the cost of %s where its price is not known, and nothing else',
    (kind) => {
      const made = planned('--users', '1000', '--queue', kind, '--region', 'eu-west-1', '--domain');
      expect(made.isEnough).toBe(true);
      expect(new Map(reportOf(made, TODAY).notes).get('prices')).toMatch(
        /^not known: there is no price for (mq|msk)-\S+ in eu-west-1/,
      );
    },
  );

  it('is the same as data and as a page', () => {
    const data: unknown = JSON.parse(asJson(made, report));
    expect(data).toMatchObject({ stage: 3, name: 'load-balancer', enough: true, settings: { stage: '3' } });
    const page = asPage(report);
    expect(page).toContain(report.headline);
    expect(page).not.toMatch(/<script|https?:\/\//);
    report.cost.rows.forEach(([name]) => {
      expect(page).toContain(name);
    });
  });
});

describe('--explain', () => {
  const made = planned('--users', '1000000');
  const figures = figuresOf(made);

  it('of a cost ends in rows with their source and date', () => {
    const figure = figures.get('servers@us-east-1');
    expect(figure).toBeDefined();
    const text = figure === undefined ? '' : explain(figure);
    expect(text).toMatch(/^servers@us-east-1 = 12\.264 \$\/month/);
    expect(text).toContain('source: github aws/karpenter-provider-aws@1d92708');
    expect(text).toContain('(2026-07-20)');
    // A size's facts are rows, too.
    expect(text).toMatch(/processors of a t4g\.small\n +source: .*\(\d{4}-\d\d-\d\d\)/);
  });

  it.each([
    'cost-at-rest',
    'saturates-at',
    'saturates-in',
    'center-time-p99',
    'refused',
    'cost-of-3-load-balancer',
    'answered-by-2-separate-database',
    'far-time-of-6-cdn',
  ])('knows %s, which the answer names', (id) => {
    const figure = figures.get(id);
    expect(figure === undefined ? '' : explain(figure)).toMatch(/source: /);
  });

  it('of every figure comes to an end, and every line that is not worked out has a source', () => {
    const bare = [...figures.values()].filter(({ from, how }) => from.length === 0 && how === '');
    expect(bare).toEqual([]);
    expect(listed(figures).split('\n').length).toBe(figures.size);
  });
});

describe('as a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-plan-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const run = (...argv: readonly string[]) =>
    spawnSync(process.execPath, [...PROGRAM, ...argv], { encoding: 'utf8', cwd: folder });

  it('writes a page, prints JSON and ends with 0', () => {
    const out = execFileSync(
      process.execPath,
      [...PROGRAM, '--users', '1M', '--json', '--html', 'plan.html'],
      {
        encoding: 'utf8',
        cwd: folder,
      },
    );
    expect(JSON.parse(out)).toMatchObject({ stage: 1, settings: { users: '1000000' } });
    expect(readFileSync(join(folder, 'plan.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('ends with 1 where no rung is enough, and says what lacks', () => {
    const { status, stdout } = run('--users', '1000', '--availability', '99.9999');
    expect(status).toBe(1);
    expect(stdout).toMatch(/no rung is enough\. Rung .* lacks least: it answers/);
  });

  it('ends with 2 where a page cannot be written, and says why', () => {
    const { status, stderr } = run('--users', '1000', '--html', 'nowhere/plan.html');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^--html nowhere\/plan\.html: the page cannot be written there: ENOENT.*\.\n$/);
  });

  it('ends with 2 where it is asked to explain what it does not have, and says what it has', () => {
    const { status, stderr, stdout } = run('--users', '1000', '--explain', 'csot');
    expect([status, stderr]).toEqual([
      2,
      '--explain csot: this plan has no such figure. Did you mean cost?\n',
    ]);
    expect(stdout).toContain('\nreads-answered = ');
  });
});
