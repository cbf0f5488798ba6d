import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleServer } from '../../../lib/constructs/compute/bundle';
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
        'web',
        'boot.sh',
        'units',
        'rds-ca.pem',
      ]),
    );
    expect(files.filter((file) => file.endsWith('.ts') || file === 'carry-over')).toEqual([]);
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

  it('is refused with the compiler’s own words when the entry does not compile', () => {
    const broken = join(work, 'broken.ts');
    writeFileSync(broken, 'const = 1;');
    expect(() => bundle(broken)).toThrow(/Expected identifier but found "="/);
  });
});
