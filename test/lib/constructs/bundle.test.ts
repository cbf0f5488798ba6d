import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleServer, checkEntry } from '../../../lib/constructs/compute/bundle';
import { Refusal } from '../../../lib/refusal';
import { REGIONS, UNTRUSTED_REGIONS } from '../../../lib/regions';

const root = resolve(__dirname, '../../..');
let work: string;

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'zero-to-million-bundle-'));
});
afterEach(() => {
  rmSync(work, { recursive: true });
});

function bundle(entry?: string, name = 'out'): string {
  const folder = join(work, name);
  mkdirSync(folder);
  bundleServer({ root, entry, folder });
  return folder;
}

function fingerprint(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .sort();
  const hash = createHash('sha256');
  files.forEach((file) => hash.update(file.slice(folder.length)).update(readFileSync(file)));
  return hash.digest('hex');
}

describe('the server bundle', () => {
  it('has the programs, the page, the scripts and RDS’s authorities, and no sources', () => {
    const files = readdirSync(bundle());
    expect(files).toEqual(
      expect.arrayContaining([
        'server.js',
        'cluster.js',
        'carry-over.js',
        'click-worker.js',
        'web',
        'boot.sh',
        'units',
        'rds-ca.pem',
      ]),
    );
    expect(files.filter((file) => /\.ts$|^(?:carry-over|click-worker)$/.test(file))).toEqual([]);
  });

  it('has a click worker that starts, and says which settings it lacks', () => {
    const { stderr, status } = spawnSync(process.execPath, [join(bundle(), 'click-worker.js')], {
      encoding: 'utf8',
      env: {},
    });
    expect(stderr).toMatch(/The click worker.*DATABASE_URL.*CLICK_QUEUE_URL/s);
    expect(status).toBe(1);
  });

  it('trusts the databases of every region that settings take, and of none that they refuse', () => {
    const authorities = readFileSync(join(bundle(), 'rds-ca.pem'), 'utf8')
      .split(/(?<=-----END CERTIFICATE-----)/)
      .filter((certificate) => certificate.trim() !== '')
      .map((certificate) => new X509Certificate(certificate))
      .filter(({ validTo, ca }) => ca && Date.parse(validTo) > Date.now());
    // The authority that the database is made with (lib/constructs/data/database.ts).
    const trusted = [...REGIONS, ...UNTRUSTED_REGIONS].filter((region) =>
      authorities.some(({ subject }) => subject.includes(`CN=Amazon RDS ${region} Root CA RSA2048 G1`)),
    );
    expect(trusted).toEqual(REGIONS);
  });

  it('is the same bytes each time', () => {
    expect(fingerprint(bundle(undefined, 'one'))).toBe(fingerprint(bundle(undefined, 'two')));
  });

  it('has a team’s own application and the page beside it, when one is given', () => {
    const mine = join(work, 'mine');
    mkdirSync(join(mine, 'web'), { recursive: true });
    writeFileSync(join(mine, 'main.ts'), 'const greeting: string = "mine"; console.log(greeting);');
    writeFileSync(join(mine, 'web', 'index.html'), '<p>mine</p>');
    const folder = bundle(join(mine, 'main.ts'));
    expect([
      readFileSync(join(folder, 'server.js'), 'utf8').includes('"mine"'),
      readFileSync(join(folder, 'web', 'index.html'), 'utf8'),
    ]).toEqual([true, '<p>mine</p>']);
  });

  it('knows where it is, as import.meta says it', () => {
    const entry = join(work, 'meta.mts');
    writeFileSync(entry, 'console.log([import.meta.url, import.meta.dirname, import.meta.filename].join());');
    const folder = bundle(entry);
    const { stdout } = spawnSync(process.execPath, [join(folder, 'server.js')], { encoding: 'utf8' });
    const file = join(folder, 'server.js');
    expect(stdout.trim()).toBe([pathToFileURL(file).href, folder, file].join());
  });
});

describe('an entry that cannot be bundled', () => {
  const said = (text: string): string => {
    const entry = join(work, 'entry.ts');
    writeFileSync(entry, text);
    try {
      checkEntry(root, entry);
    } catch (error) {
      return error instanceof Refusal ? error.message : String(error);
    }
    return '';
  };

  it.each([
    ['does not compile', 'const = 1;', 'entry.ts:1:7: Expected identifier but found "="'],
    ['lacks a package', "import 'no-such-package';", 'entry.ts:1:8: Could not resolve "no-such-package"'],
    [
      'awaits outside of functions',
      'console.log(\n  await 1,\n);',
      'entry.ts:2:3: Top-level await is currently not',
    ],
    [
      'reads what CommonJS has not',
      'console.log(import.meta.env);',
      'entry.ts:1:13: "import.meta" is not available',
    ],
  ])('because it %s is refused in esbuild’s own words, with file and line', (_, text, expected) => {
    expect(said(text)).toContain(expected);
  });

  it('is named, with what to do', () => {
    expect(said('const = 1;').split('\n')).toEqual([
      `appEntry: "${join(work, 'entry.ts')}" cannot be bundled for the servers; esbuild says:`,
      expect.any(String),
      expect.stringMatching(/^It takes .* Mend what esbuild names, or set another appEntry\.$/),
    ]);
  });

  it('is found before the CDK makes anything of it, and otherwise leaves nothing', () => {
    expect(said('export {};')).toBe('');
    expect(readdirSync(work)).toEqual(['entry.ts']);
  });
});
