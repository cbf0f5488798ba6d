import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import {
  ADMIN_TOKEN,
  CACHE_PASSWORD,
  DATABASE_PASSWORD,
  filesBelow,
  heldVolume,
  type Machine,
  newMachine,
  type Outcome,
  removeMachines,
  RUNG_1,
  RUNG_1_TLS,
  RUNG_2,
  RUNG_3,
  RUNG_5,
  RUNG_8,
  SERVER,
  USED_VOLUME,
} from './boot-fixture';

/** The signal that a deployment waits for. */
const SUCCESS = 'cfn-signal --success true';
const FAILURE = 'cfn-signal --success false';
const APPLICATION = 'systemctl restart app.service';
const ATTACH = 'aws ec2 attach-volume';
const TAG = 'aws ec2 create-tags';
const CARRY_OVER = 'node ';

afterAll(removeMachines);

/** The calls that begin so. */
function called(outcome: Outcome, beginning: string): readonly string[] {
  return outcome.calls.filter((call) => call.startsWith(beginning));
}

/** Expects that one call beginning with each was made, in this order. */
function expectInOrder(outcome: Outcome, ...beginnings: readonly string[]): void {
  const places = beginnings.map((beginning) => outcome.calls.findIndex((call) => call.startsWith(beginning)));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((one, other) => one - other));
}

/** Expects that boot failed, said so with this reason, and that users were sent nowhere. */
function expectFailure(outcome: Outcome, reason: RegExp): void {
  expect(outcome.code).not.toBe(0);
  expect(called(outcome, 'cfn-signal')).toEqual([expect.stringMatching(reason)]);
  expect(called(outcome, FAILURE)).toHaveLength(1);
  expect(called(outcome, APPLICATION)).toEqual([]);
}

/** Where a secret can be seen: files of the machine, the output, arguments. */
function secretsShown(machine: Machine, outcome: Outcome): readonly string[] {
  return [
    ...filesBelow(machine.path('.')),
    ['the output', outcome.output] as const,
    ...outcome.calls.map((call) => ['an argument', call] as const),
  ]
    .filter(([, text]) =>
      [ADMIN_TOKEN, DATABASE_PASSWORD, CACHE_PASSWORD].some((secret) => text.includes(secret)),
    )
    .map(([place]) => place);
}

describe('the first boot of rung 1', () => {
  let machine: Machine;
  let first: Outcome;

  beforeAll(async () => {
    machine = newMachine(RUNG_1);
    first = await machine.run();
  });

  test('tags the volume before it formats it, and formats it once', () => {
    expectInOrder(first, ATTACH, TAG, 'mkfs.xfs', 'mount ');
    expect(called(first, 'mkfs.xfs')).toHaveLength(1);
    expect(machine.fact('volume.generation')).toMatch(/^i-new-\d{10}$/);
  });

  test('starts the database, claims the address, starts the application and signals, in this order', () => {
    expectInOrder(
      first,
      'runuser -u postgres -- initdb',
      'systemctl restart postgresql.service',
      'runuser -u postgres -- psql',
      'aws ec2 associate-address --allocation-id eipalloc-1 --instance-id i-new',
      'amazon-cloudwatch-agent-ctl',
      APPLICATION,
      'curl -fsS -m 5 -o /dev/null http://127.0.0.1:80/readyz',
      SUCCESS,
    );
    expect(first.calls.at(-1)).toContain('--stack app-stack --resource ServersGroup --region eu-central-1');
    expect(first.code).toBe(0);
  });

  test('lets the application into its database without a password', () => {
    expect(machine.fact('psql.statements')).toContain('CREATE DATABASE app OWNER app');
    expect(machine.read('etc/zero-to-million/pg_hba.conf')).toMatch(/^local all all peer map=server$/m);
    expect(machine.read('etc/zero-to-million/pg_ident.conf')).toMatch(/^server +app +app$/m);
    expect(machine.read('etc/zero-to-million/postgresql.conf')).toContain("listen_addresses = ''");
  });

  test('keeps the admin token in a file that only root reads', () => {
    expect(machine.read('etc/zero-to-million/app.env')).toContain(`ADMIN_TOKEN=${ADMIN_TOKEN}\n`);
    expect(machine.mode('etc/zero-to-million/app.env')).toBe('600');
  });

  test('shows that token nowhere else: no argument, no output, no other file', () => {
    expect(secretsShown(machine, first)).toEqual([machine.path('etc/zero-to-million/app.env')]);
  });

  test('tells the application who it is, and keeps what it was told before', () => {
    expect(machine.read('etc/zero-to-million/app.env')).toMatch(
      /PORT=80\n[^]*SERVER_ID=i-new\nNODE_OPTIONS=--max-old-space-size=\d+\n/,
    );
  });

  test('sends the logs to the log group of the deployment', () => {
    expect(machine.read('etc/zero-to-million/cloudwatch-agent.json')).toContain(
      '"log_group_name": "/the/logs"',
    );
  });

  test('measures in the namespace of the deployment, where no other measures', () => {
    expect(machine.read('etc/zero-to-million/cloudwatch-agent.json')).toContain(
      '"namespace": "ZeroToMillion/shop"',
    );
  });

  test('rebooted, it neither signals nor formats again, and serves under a new generation', async () => {
    // What a reboot forgets: mounts, and with them what stands in /run.
    await machine.runText('rm "$FAKE/mounted"');
    machine.fact('volume.generation', 'i-new-1');
    const second = await machine.run();
    expect(second.code).toBe(0);
    expect([...called(second, 'cfn-signal'), ...called(second, 'mkfs'), ...called(second, ATTACH)]).toEqual(
      [],
    );
    expectInOrder(second, 'mount ', TAG, 'systemctl restart postgresql.service', APPLICATION);
    expect(machine.fact('volume.generation')).toMatch(/^i-new-\d{10}$/);
    expect(machine.read('etc/zero-to-million/app.env').match(/^ADMIN_TOKEN=/gm)).toHaveLength(1);
  });
});

describe('a server that takes the place of another', () => {
  test('mounts the volume as it is, and tags it before the database starts', async () => {
    const machine = newMachine(RUNG_1, USED_VOLUME);
    const outcome = await machine.run();
    expect(outcome.code).toBe(0);
    expectInOrder(
      outcome,
      ATTACH,
      'mount ',
      'xfs_growfs',
      TAG,
      'systemctl restart postgresql.service',
      SUCCESS,
    );
    expect([...called(outcome, 'mkfs'), ...called(outcome, 'runuser -u postgres -- initdb')]).toEqual([]);
    expect(machine.fact('volume.generation')).toMatch(/^i-new-\d{10}$/);
  });

  test('waits for a holder that is shutting down, without touching it', async () => {
    const outcome = await newMachine(RUNG_1, heldVolume('shutting-down')).run();
    expect(outcome.output).toContain('Server i-old holds the volume and is shutting-down');
    expect(called(outcome, 'aws ec2 terminate-instances')).toEqual([]);
    expectInOrder(outcome, ATTACH, SUCCESS);
  });

  test('evicts a holder that is not, once, and attaches the volume when that is gone', async () => {
    const machine = newMachine(RUNG_1, heldVolume('running'));
    const outcome = await machine.run();
    expect(called(outcome, 'aws ec2 terminate-instances')).toEqual([
      'aws ec2 terminate-instances --instance-ids i-old',
    ]);
    expectInOrder(outcome, 'aws ec2 terminate-instances', ATTACH, SUCCESS);
    expect(machine.fact('volume.holder')).toBe('i-new');
  });

  test('never evicts a newer server: it is itself out of date', async () => {
    const facts = { ...heldVolume('running'), 'i-old.launched': '2026-11-03T00:00:00+00:00' };
    const outcome = await newMachine(RUNG_1, facts).run();
    expectFailure(outcome, /claiming the volume: Server i-old .* is newer/);
    expect(called(outcome, 'aws ec2 terminate-instances')).toEqual([]);
  });
});

describe('a volume that held data', () => {
  test('is not formatted where no file system is found on it', async () => {
    const outcome = await newMachine(RUNG_1, { 'volume.generation': 'i-old-1700000000' }).run();
    expectFailure(
      outcome,
      /Volume vol-0123 has held data \(generation i-old-1700000000\), but no file system/,
    );
    expect([...called(outcome, 'mkfs'), ...called(outcome, 'mount '), ...called(outcome, TAG)]).toEqual([]);
  });

  test('is not formatted where its file system cannot be mounted', async () => {
    const outcome = await newMachine(RUNG_1, { ...USED_VOLUME, failing: 'mount ' }).run();
    expectFailure(outcome, /claiming the volume: line \d+: mount -o noatime/);
    expect([...called(outcome, 'mkfs'), ...called(outcome, TAG)]).toEqual([]);
  });

  test('is left alone where its database is of another major version', async () => {
    const machine = newMachine(RUNG_1, USED_VOLUME);
    machine.write('data/postgresql/17/PG_VERSION', '16\n');
    const outcome = await machine.run();
    expectFailure(outcome, /holds a database of PostgreSQL 16, expected 17/);
    expect([...called(outcome, TAG), ...called(outcome, 'systemctl restart')]).toEqual([]);
  });
});

describe('rung 2', () => {
  let machine: Machine;
  let climbed: Outcome;

  beforeAll(async () => {
    machine = newMachine(RUNG_2, { ...heldVolume('running'), 'i-old.launched': '2026-11-03T00:00:00+00:00' });
    climbed = await machine.run();
  });

  test('carries the old database over before the application starts', () => {
    expect(climbed.code).toBe(0);
    expectInOrder(climbed, CARRY_OVER, 'aws ec2 associate-address', APPLICATION, SUCCESS);
    const bundle = machine.path('opt/zero-to-million');
    const told = {
      TARGET_URL: 'postgresql://db.example:5432/app?sslmode=verify-full',
      NODE_EXTRA_CA_CERTS: '/opt/zero-to-million/rds-ca.pem',
      GENERATION: 'i-old-1700000000',
      IN_VOLUME_ZONE: 'true',
      SOURCE_OPEN: `${bundle}/open-source.sh`,
      SOURCE_CLOSE: `${bundle}/close-source.sh`,
      SOURCE_EVICT: `${bundle}/evict-source.sh`,
    };
    expect(machine.fact('carry-over.environment').split('\n')).toEqual(
      expect.arrayContaining(Object.entries(told).map(([name, value]) => `${name}=${value}`)),
    );
  });

  test('opens the old database for that, read-only, evicting its server whatever its age', () => {
    expectInOrder(
      climbed,
      CARRY_OVER,
      'dnf install -y -q postgresql17-server',
      'aws ec2 terminate-instances --instance-ids i-old',
      ATTACH,
      'mount ',
      'systemctl restart postgresql.service',
    );
    expect(machine.read('run/zero-to-million/postgresql.env')).toBe(
      'POSTGRESQL_OPTIONS=-c default_transaction_read_only=on\n',
    );
    expect([...called(climbed, TAG), ...called(climbed, 'mkfs')]).toEqual([]);
  });

  test('closes it then: database stopped, volume unmounted and let go', () => {
    expectInOrder(
      climbed,
      'systemctl restart postgresql.service',
      'systemctl stop postgresql.service',
      'sync',
      'umount ',
      'aws ec2 detach-volume',
      APPLICATION,
    );
  });

  test('gives the credentials to the carry-over alone, in its environment', () => {
    expect(machine.fact('carry-over.environment')).toContain(`PGPASSWORD=${DATABASE_PASSWORD}\n`);
    expect(climbed.calls.filter((call) => call.includes('<sees PGPASSWORD>'))).toEqual([
      `node ${machine.path('opt/zero-to-million/carry-over.js')} <sees PGPASSWORD>`,
    ]);
  });

  test('shows no secret in an argument, in the output or in any file but app.env', () => {
    expect(secretsShown(machine, climbed)).toEqual([machine.path('etc/zero-to-million/app.env')]);
  });

  test("says so where it stands in another zone than the volume's", async () => {
    const elsewhere = newMachine(RUNG_2, { ...USED_VOLUME, zone: 'eu-central-1b' });
    await elsewhere.run();
    expect(elsewhere.fact('carry-over.environment')).toContain('IN_VOLUME_ZONE=false\n');
  });

  test('carries nothing where the volume never held anything', async () => {
    const outcome = await newMachine(RUNG_2).run();
    expect(outcome.code).toBe(0);
    expect([...called(outcome, CARRY_OVER), ...called(outcome, ATTACH), ...called(outcome, TAG)]).toEqual([]);
  });

  test('carries nothing where there is no volume', async () => {
    const outcome = await newMachine({ ...RUNG_2, server: { DATA_VOLUME_ID: '' } }).run();
    expect(outcome.code).toBe(0);
    expect([...called(outcome, CARRY_OVER), ...called(outcome, 'aws ec2 describe-volumes')]).toEqual([]);
  });

  test('whose carry-over failed passes its reason on and never serves, nor tries again by itself', async () => {
    const outcome = await newMachine(RUNG_2, {
      ...USED_VOLUME,
      'carry-over.fails': 'It is not empty.',
    }).run();
    expectFailure(outcome, /Failed while carrying the old database over: It is not empty\./);
    expect([...called(outcome, 'aws ec2 associate'), ...called(outcome, 'systemctl start')]).toEqual([]);
  });

  test('whose volume cannot be read says so, and not merely that the carry-over failed', async () => {
    const outcome = await newMachine(RUNG_2, { 'volume.generation': 'i-old-1700000000' }).run();
    expectFailure(outcome, /carrying the old database over: Volume vol-0123 has held data .* no file system/);
    expect([...called(outcome, 'mkfs'), ...called(outcome, 'mount ')]).toEqual([]);
  });
});

describe('what the carry-over runs', () => {
  const carrier = (facts: Readonly<Record<string, string>>) => newMachine(RUNG_3, facts);

  test('closes nothing where nothing is open', async () => {
    const outcome = await carrier(heldVolume('running')).run({}, 'close-source.sh');
    expect(outcome.code).toBe(0);
    expect([
      ...called(outcome, 'systemctl'),
      ...called(outcome, 'umount'),
      ...called(outcome, 'aws ec2 detach'),
    ]).toEqual([]);
  });

  const EVICT = 'aws autoscaling terminate-instance-in-auto-scaling-group';

  test('has the old server replaced by its group', async () => {
    const outcome = await carrier(heldVolume('running')).run({}, 'evict-source.sh');
    expect(outcome.code).toBe(0);
    expect(called(outcome, EVICT)).toEqual([
      `${EVICT} --instance-id i-old --no-should-decrement-desired-capacity`,
    ]);
  });

  test.each([
    ['a holder that is leaving', heldVolume('shutting-down')],
    [
      'a holder newer than itself',
      { ...heldVolume('running'), 'i-old.launched': '2026-11-03T00:00:00+00:00' },
    ],
    ['a volume that nobody holds', USED_VOLUME],
  ])('evicts nobody at the sight of %s', async (_, facts) => {
    const outcome = await carrier(facts).run({}, 'evict-source.sh');
    expect(outcome.code).toBe(0);
    expect(called(outcome, EVICT)).toEqual([]);
  });
});

describe('rung 3', () => {
  test('claims no address, and signals success only once the target group calls the server healthy', async () => {
    const outcome = await newMachine(RUNG_3).run();
    expect(outcome.code).toBe(0);
    expect(called(outcome, 'aws elbv2 describe-target-health --target-group-arn arn:targets')).toHaveLength(
      3,
    );
    expect(outcome.calls.at(-1)).toMatch(SUCCESS);
    expect(called(outcome, 'aws ec2 associate-address')).toEqual([]);
  });

  test('signals failure where it does not in time', async () => {
    const machine = newMachine(RUNG_3, { 'target.health': 'unhealthy' });
    const outcome = await machine.run({ TARGET_SECONDS: '0' });
    expect(called(outcome, 'cfn-signal')).toEqual([
      expect.stringMatching(/--success false .*waiting for the target group: .* not within 0 s/),
    ]);
  });
});

describe('rung 5', () => {
  const SETTINGS = 'etc/zero-to-million/app.env';
  const addresses = (machine: Machine) => machine.read(SETTINGS).match(/^#?CACHE_URL=.*$/gm);
  const SIGNED_IN = `CACHE_URL=rediss://app:${CACHE_PASSWORD}@cache.example:6379`;

  describe('with a cache that has a password', () => {
    let machine: Machine;
    let first: Outcome;

    beforeAll(async () => {
      machine = newMachine(RUNG_5);
      first = await machine.run();
    });

    test('puts the user and the password of the cache into its address, for root alone to read', () => {
      expect(first.code).toBe(0);
      expect([addresses(machine), machine.mode(SETTINGS)]).toEqual([[SIGNED_IN], '600']);
    });

    test('shows that password nowhere else: no argument, no output, no other file', () => {
      expect(secretsShown(machine, first)).toEqual([machine.path(SETTINGS)]);
    });

    test('rebooted, it takes the password that the cache has by then', async () => {
      machine.fact('secret-cache', JSON.stringify({ username: 'app', password: 'another' }));
      await machine.run();
      expect(addresses(machine)).toEqual(['CACHE_URL=rediss://app:another@cache.example:6379']);
    });
  });

  describe.each([
    ['cannot be read', { failing: 'aws secretsmanager get-secret-value --secret-id secret-cache' }],
    ['is not what it should be', { 'secret-cache': '{}' }],
  ])('with a cache whose secret %s', (_title, facts) => {
    const machine = newMachine(RUNG_5, facts);

    test('serves without it, and says so', async () => {
      const outcome = await machine.run({ COMMAND_SECONDS: '0' });
      expect([outcome.code, outcome.calls.at(-1)]).toEqual([0, expect.stringMatching(SUCCESS)]);
      expect(outcome.output).toContain('WITHOUT THE CACHE');
      expect(addresses(machine)).toEqual(['#CACHE_URL=rediss://cache.example:6379']);
    });

    test('finds the cache again at the next boot', async () => {
      machine.fact('failing', 'nothing');
      machine.fact('secret-cache', JSON.stringify({ username: 'app', password: CACHE_PASSWORD }));
      await machine.run();
      expect(addresses(machine)).toEqual([SIGNED_IN]);
    });
  });
});

describe('rung 8 with queues in brokers', () => {
  let machine: Machine;
  let first: Outcome;
  const heap = (text: string) => Number(/--max-old-space-size=(\d+)/.exec(text)?.[1]);

  beforeAll(async () => {
    machine = newMachine(RUNG_8);
    first = await machine.run();
  });

  test('starts a worker for each, as a user of their own, before it waits to be sent requests', () => {
    expect(first.code).toBe(0);
    expect(called(first, 'useradd').at(-1)).toMatch(/--no-create-home .* click-worker$/);
    expectInOrder(
      first,
      APPLICATION,
      'systemctl restart click-worker@rabbitmq.service',
      'systemctl restart click-worker@kafka.service',
      'aws elbv2 describe-target-health',
    );
    expect(machine.read('etc/systemd/system/click-worker@.service')).toContain('User=click-worker\n');
  });

  const told = (kind: string) =>
    machine
      .read(`etc/zero-to-million/click-worker-${kind}.env`)
      .split('\n')
      .filter((line) => !/^(NODE_OPTIONS|SERVER_ID)=|^$/.test(line))
      .sort();

  test.each([
    ['rabbitmq', ['CLICK_QUEUE_SECRET_ARN=secret-rabbitmq', 'CLICK_QUEUE_URL=amqps://rabbitmq.example:5671']],
    ['kafka', ['CLICK_QUEUE_URL=kafka://b-1.example:9098,b-2.example:9098?authentication=iam']],
  ])('tells the worker of %s the database and its queue, and nothing more', (kind, queue) => {
    expect(told(kind)).toEqual([
      ...queue,
      'DATABASE_REPLICA_URLS=postgresql://replica.example:5432/app?sslmode=verify-full',
      'DATABASE_SECRET_ARN=secret-database',
      'DATABASE_URL=postgresql://db.example:5432/app?sslmode=verify-full',
      'NODE_EXTRA_CA_CERTS=/opt/zero-to-million/rds-ca.pem',
    ]);
    expect(machine.mode(`etc/zero-to-million/click-worker-${kind}.env`)).toBe('600');
  });

  test('leaves workers the memory that their unit lets them have', async () => {
    const alone = newMachine(RUNG_3);
    await alone.run();
    const app = 'etc/zero-to-million/app.env';
    const [shared, whole] = [heap(machine.read(app)), heap(alone.read(app))];
    expect((whole - shared) * availableParallelism()).toBeGreaterThanOrEqual(0.75 * 2 * 256 - 4);
    expect(machine.read('etc/systemd/system/click-worker@.service')).toContain('MemoryMax=256M\n');
  });
});

describe('a step that fails', () => {
  test.each([
    ['systemctl daemon-reload', 'preparing', {}],
    ['dnf', 'installing packages', {}],
    [ATTACH, 'claiming the volume', { VOLUME_SECONDS: '0' }],
    [TAG, 'claiming the volume', {}],
    ['systemctl restart postgresql', 'starting the database', {}],
    ['aws ec2 associate-address', 'claiming the address', {}],
    ['aws secretsmanager get-secret-value', 'starting the application', {}],
  ])('is signaled with what was being done: %s', async (failing, doing, limits) => {
    const outcome = await newMachine(RUNG_1, { failing }).run({ COMMAND_SECONDS: '0', ...limits });
    expectFailure(
      outcome,
      new RegExp(`--success false --reason Failed while ${doing}: ..+ --stack app-stack`),
    );
  });

  test('is signaled where the application never becomes ready', async () => {
    const outcome = await newMachine(RUNG_1, { 'never-ready': '' }).run({ READY_SECONDS: '0' });
    expect(called(outcome, 'cfn-signal')).toEqual([expect.stringMatching(/--success false .*\/readyz/)]);
  });

  test('is tried again where there is nothing to carry over, without a second signal', async () => {
    const machine = newMachine(RUNG_1, { failing: 'dnf' });
    const first = await machine.run({ COMMAND_SECONDS: '0' });
    expect(first.calls.at(-1)).toBe('systemctl start --no-block zero-to-million-boot.service');
    machine.fact('failing', 'nothing');
    const second = await machine.run();
    expect(second.code).toBe(0);
    expect(called(second, 'cfn-signal')).toEqual([]);
    expect(called(second, APPLICATION)).toHaveLength(1);
  });

  test('keeps no server down where no deployment waits for its signal', async () => {
    const outcome = await newMachine(RUNG_1, { failing: 'cfn-signal' }).run();
    expect(outcome.code).toBe(0);
    expect(outcome.output).toContain('no deployment waits for this server');
  });
});

describe('a server that ends TLS itself', () => {
  let machine: Machine;
  let outcome: Outcome;

  beforeAll(async () => {
    machine = newMachine(RUNG_1_TLS);
    spawnSync('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/CN=a.example',
      ],
      ...['-keyout', machine.factPath('tls.key'), '-out', machine.factPath('tls.crt')],
    ]);
    outcome = await machine.run();
  });

  test('has nginx configured and started before it signals success', () => {
    expect(outcome.code).toBe(0);
    expectInOrder(
      outcome,
      'aws acm export-certificate',
      'nginx -t',
      'systemctl restart nginx.service',
      SUCCESS,
    );
    expect(machine.read('etc/nginx/nginx.conf')).toContain('/etc/nginx/tls/key.pem');
  });

  test('keeps the private key, decrypted, in a file that only root reads', () => {
    expect(machine.read('etc/nginx/tls/key.pem')).toBe(machine.fact('tls.key') + '\n');
    expect(machine.mode('etc/nginx/tls/key.pem')).toBe('600');
    expect(machine.mode('etc/nginx/tls')).toBe('700');
  });

  test('fetches the certificate anew each day, and reloads nginx only where it has changed', async () => {
    expect(called(outcome, 'systemctl enable --now certificate.timer')).toHaveLength(1);
    const same = await machine.run({}, 'certificate.sh');
    expect(same.output).toContain('The certificate is the one nginx has');
    expect(called(same, 'systemctl reload')).toEqual([]);
    machine.write('etc/nginx/tls/certificate.pem', 'an older one');
    const renewed = await machine.run({}, 'certificate.sh');
    expect(called(renewed, 'systemctl reload nginx.service')).toHaveLength(1);
  });

  test('serves nothing with a key that does not fit, and leaves nginx what it has', async () => {
    const before = machine.read('etc/nginx/tls/certificate.pem');
    spawnSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', machine.factPath('tls.key')]);
    const refused = await machine.run({}, 'certificate.sh');
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('does not fit it');
    expect(machine.read('etc/nginx/tls/certificate.pem')).toBe(before);
  });
});

describe('user data', () => {
  const text = readFileSync(join(SERVER, 'user-data.sh'), 'utf8');
  const filled = text
    .replaceAll('${BundleUrl}', 's3://bucket/key.zip')
    .replaceAll(
      '${ServerEnvironment}',
      'STACK_NAME=app-stack\nSIGNAL_RESOURCE=ServersGroup\nAWS_REGION=eu-central-1',
    )
    .replaceAll('${ApplicationEnvironment}', 'PORT=80');

  /** The same on a machine that is a folder. */
  const placed = (machine: Machine) =>
    filled
      .replaceAll('/opt/aws/bin/', '')
      .replaceAll(/\/(etc|opt)\/zero-to-million|\/tmp\/bundle\.zip/g, (path) => machine.path(path));

  const fresh = (bootScript?: string) => {
    const machine = newMachine(RUNG_1);
    mkdirSync(machine.path('tmp'));
    mkdirSync(machine.factPath('bundle'));
    if (bootScript !== undefined) {
      machine.fact('bundle/boot.sh', bootScript);
    }
    return machine;
  };

  test('has the three placeholders that CDK fills, and no other dollar and brace', () => {
    const found = [...text.matchAll(/\$\{([^}]*)\}?/g)].map(([, name]) => name);
    expect([...new Set(found)].sort()).toStrictEqual([
      'ApplicationEnvironment',
      'BundleUrl',
      'ServerEnvironment',
    ]);
  });

  test('is bash once filled', () => {
    expect(spawnSync('bash', ['-n'], { input: filled, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('writes what it was told, unpacks the bundle and hands over to its boot.sh', async () => {
    const machine = fresh('#!/bin/bash\necho booting');
    const outcome = await machine.runText(placed(machine));
    expect(outcome.output).toContain('booting');
    expect(outcome.code).toBe(0);
    expect(called(outcome, 'cfn-signal')).toEqual([]);
    expect(machine.read('etc/zero-to-million/server.env')).toContain('SIGNAL_RESOURCE=ServersGroup\n');
    expect(machine.read('etc/zero-to-million/app.env')).toBe('PORT=80\n');
  });

  test.each([
    ['the bundle cannot be fetched', { failing: 'aws s3 cp' }, 5],
    ['the bundle cannot be unpacked', { failing: 'python3' }, 1],
  ])('signals failure, once, where %s', async (_, facts, attempts) => {
    const machine = fresh('#!/bin/bash\necho booting');
    machine.fact('failing', facts.failing);
    const outcome = await machine.runText(placed(machine));
    expect(outcome.code).not.toBe(0);
    expect(called(outcome, 'aws s3 cp')).toHaveLength(attempts);
    expect(called(outcome, 'cfn-signal')).toEqual([
      expect.stringMatching(
        /--success false .* --stack app-stack --resource ServersGroup --region eu-central-1$/,
      ),
    ]);
  });
});

describe('the scripts', () => {
  test('have nothing that ShellCheck would mention', () => {
    const root = resolve(__dirname, '../..');
    const parts = join(root, 'local/parts');
    const scriptsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.sh'));
    const { stdout, status } = spawnSync(
      'shellcheck',
      [
        '--external-sources',
        '--severity=style',
        ...scriptsIn(SERVER),
        ...scriptsIn(parts).map((name) => join(parts, name)),
        join(root, '.ci/run'),
        join(__dirname, 'boot-stub.sh'),
      ],
      { cwd: SERVER, encoding: 'utf8' },
    );
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  test('name only units and files that the bundle has', () => {
    const text =
      readFileSync(join(SERVER, 'boot.sh'), 'utf8') + readFileSync(join(SERVER, 'database.sh'), 'utf8');
    const units = [...text.matchAll(/units\/([\w.@-]+)/g)].map(([, name]) => name);
    expect([...new Set(units)].sort()).toStrictEqual(readdirSync(join(SERVER, 'units')).sort());
  });
});
