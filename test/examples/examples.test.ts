/** The library as others use it: each example is an app of its own, and the package has what they need. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import * as library from '../../lib';
import { BY_TSX, SHORT_LIVED } from '../support/runtime';
import { ROOT } from '../support/synthesize';

/** One file that npm packs. */
interface Packed {
  readonly path: string;
}

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'zero-to-million-example-'));
});
afterEach(() => {
  rmSync(outdir, { recursive: true, force: true });
});

/** The templates that an example makes, as the CDK's command line runs it. */
function synthesized(example: string): ReadonlyMap<string, Template> {
  execFileSync(process.execPath, [...SHORT_LIVED, ...BY_TSX, join(ROOT, 'examples', example)], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: outdir },
    stdio: 'pipe',
  });
  return new Map(
    readdirSync(outdir)
      .filter((file) => file.endsWith('.template.json'))
      .map((file) => [
        file.replace('.template.json', ''),
        // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- a template as CloudFormation takes it
        Template.fromJSON(JSON.parse(readFileSync(join(outdir, file), 'utf8')) as Record<string, unknown>),
      ]),
  );
}

test('an own application stands on a whole rung, with the sizes that it asks for', () => {
  const stacks = synthesized('own-application.ts');
  expect([...stacks.keys()].sort()).toEqual(['hello-us-east-1-app', 'hello-us-east-1-data']);
  stacks.get('hello-us-east-1-app')?.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    MaxSize: '4',
  });
  stacks.get('hello-us-east-1-data')?.resourceCountIs('AWS::ElastiCache::ReplicationGroup', 1);
  stacks.get('hello-us-east-1-data')?.resourceCountIs('AWS::EC2::Volume', 0);
});

test('the cache alone has its users, its key and its password, and is reached by the servers that it is told', () => {
  const stack = synthesized('cache-alone.ts').get('Sessions');
  expect(stack).toBeDefined();
  stack?.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
    CacheNodeType: 'cache.t4g.small',
    TransitEncryptionEnabled: true,
  });
  stack?.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    FromPort: 6379,
    SourceSecurityGroupId: 'sg-0123456789abcdef0',
  });
  stack?.resourceCountIs('AWS::RDS::DBInstance', 0);
});

test('settings that cannot be are refused in sentences, all at once', () => {
  const app = { stage: 'cahe', minServers: 0 };
  expect(() => {
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it is refused before the app is touched
    library.deployRung({} as never, app);
  }).toThrow(/cache[\s\S]*minServers/);
});

test('the package has what a user needs and nothing else', () => {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- as npm documents it
  const [{ files }] = JSON.parse(packed) as [{ readonly files: readonly Packed[] }];
  const paths = files.map(({ path }) => path);
  expect([...new Set(paths.map((path) => path.split('/')[0]))].sort()).toStrictEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'app',
    'bin',
    'cdk.json',
    'contract',
    'docs',
    'examples',
    'lambda',
    'lib',
    'package.json',
    'server',
    'tsconfig.json',
  ]);
  expect(paths).toEqual(
    expect.arrayContaining([
      'lib/index.ts',
      'server/boot.sh',
      'docs/runbook.md',
      'lib/capacity/data/prices.json',
    ]),
  );
  expect(paths.filter((path) => /^test\/|screenshot|\.env|cdk\.out/.test(path))).toEqual([]);
});
