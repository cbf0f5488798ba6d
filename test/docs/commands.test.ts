/** What the documentation says that people type works, or says what it needs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Block, type Command, PAGES, readPage, readText } from './commands';
import { BY_TSX } from '../support/runtime';
import { RUN_ELSEWHERE, RUN_HERE } from './runs';

/** A command takes a second; beside other tests several. */
jest.setTimeout(120_000);

const ROOT = join(__dirname, '../..');

// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- our own file, of a documented shape
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Scripts that are programs of ours, with the program; the others are those of packages. */
const PROGRAMS = Object.entries(scripts).flatMap(([script, command]) => {
  const [, file] = /^tsx (\S+)$/.exec(command) ?? [];
  return file === undefined ? [] : [{ script, file, typed: typed(script) }];
});

function typed(script: string): string {
  return script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
}

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(program: string, ...words: readonly string[]): Promise<Run> {
  const child = spawn(program, words, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}

let commands: readonly Command[];
let blocks: readonly Block[];
beforeAll(async () => {
  const pages = await Promise.all(PAGES.map(readPage));
  commands = pages.flatMap((page) => page.commands);
  blocks = pages.flatMap((page) => page.blocks);
});

const lines = (found: readonly Command[]): readonly string[] =>
  found.map(({ place, text: said }) => `${place} ${said}`);

const PAGE = `# Page

Type \`npm start\` or \`npm run bench\` (*needs time*), then \`npm test\`; \`stage\` is no command.

## Account

*Needs an account: yours.*

\`\`\`sh
npm ci && npx cdk diff   # reads
\`\`\`

### Below

Then \`npx cdk
deploy\`.

## Beside

\`\`\`sh
# only a comment
npm run fuzz # needs an hour; or two
\`\`\`

\`\`\`text
npm run docs
kill server-1
\`\`\`
`;

test('a command is found in a sentence or a block, with what it says that it needs, itself or for its section', async () => {
  const found = await readText('page.md', PAGE);
  expect(found.commands.map(({ place, text: said, needs }) => [place, said, needs])).toEqual([
    ['page.md:3', 'npm start', undefined],
    ['page.md:3', 'npm run bench', 'time'],
    ['page.md:3', 'npm test', undefined],
    ['page.md:10', 'npm ci', 'an account'],
    ['page.md:10', 'npx cdk diff', 'an account'],
    ['page.md:15', 'npx cdk deploy', 'an account'],
    ['page.md:22', 'npm run fuzz', 'an hour'],
    ['page.md:26', 'npm run docs', undefined],
  ]);
});

describe('a documented command', () => {
  const help = PROGRAMS.map((program) => `${program.typed} -- --help`);
  const run = new Set([...help, ...Object.keys(RUN_ELSEWHERE), ...Object.keys(RUN_HERE)]);

  test('is run by a test, or says what it needs: test/docs/runs.ts names the test', () => {
    const neither = commands.filter(({ text: said, needs }) => needs === undefined && !run.has(said));
    expect(lines(neither)).toEqual([]);
  });

  test('is documented still where a test is named for it', () => {
    const documented = new Set(commands.map(({ text: said }) => said));
    const named = [...Object.keys(RUN_ELSEWHERE), ...Object.keys(RUN_HERE)];
    expect(named.filter((said) => !documented.has(said))).toEqual([]);
  });

  test('names a script that there is', () => {
    const unknown = commands.filter(({ text: said }) => {
      const script = /\bnpm (?:run )?([\w:]+)/.exec(said)?.[1] ?? 'test';
      return script !== 'ci' && scripts[script] === undefined;
    });
    expect(lines(unknown)).toEqual([]);
  });

  test('is one that bash can read', () => {
    const unreadable = blocks.flatMap(({ place, text: said }) => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: said, encoding: 'utf8' });
      return status === 0 ? [] : [`${place} ${stderr}`];
    });
    expect(unreadable).toEqual([]);
  });
});

describe.each(
  Object.entries(RUN_ELSEWHERE).flatMap(([command, tests]) => tests.map((each) => ({ command, ...each }))),
)('$command', ({ by, there }) => {
  test(`is run by ${by}`, () => {
    expect(readFileSync(join(ROOT, by), 'utf8')).toContain(there);
  });
});

test.each(Object.entries(RUN_HERE).map(([command, here]) => ({ command, as: command, ...here })))(
  '$command, run as $as, ends as it should',
  async ({ as, exitCode, prints }) => {
    const { code, out, err } = await run('bash', '-c', as);
    expect(out + err).toMatch(prints);
    expect(code).toBe(exitCode);
  },
);

/** Options in a command line, without their values. */
const optionsIn = (said: string): readonly string[] =>
  [...said.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([option]) => option);

describe.each(PROGRAMS)('$typed', ({ typed: words, file, script }) => {
  let told: Run;
  let misled: Run;
  beforeAll(async () => {
    const program = (...argv: readonly string[]) => run(process.execPath, ...BY_TSX, file, ...argv);
    [told, misled] = await Promise.all([program('--help'), program('--frobnicate')]);
  });

  test('says with --help how it is used', () => {
    expect(told.out).toMatch(new RegExp(`^Usage: ${words}\\b`));
    expect([told.code, told.err]).toEqual([0, '']);
  });

  test('refuses an option that there is not, by its name', () => {
    expect(misled.out + misled.err).toMatch(/[^\n]*frobnicate/);
    expect(misled.code).toBeGreaterThan(0);
  });

  test('is documented with options that there are', () => {
    // Those of npm test are Jest's.
    const its = commands.filter(({ text: said }) => script !== 'test' && said.includes(`${words} -- `));
    const wrong = its.filter(
      ({ text: said }) => !optionsIn(said).every((option) => told.out.includes(option)),
    );
    expect(lines(wrong)).toEqual([]);
  });
});

test('cdk has the options with which it is documented', async () => {
  const its = commands.filter(({ text: said }) => said.startsWith('npx cdk ') && optionsIn(said).length > 0);
  const verbs = [...new Set(its.map(({ text: said }) => said.split(' ')[2] ?? ''))];
  const helps = new Map(
    await Promise.all(
      verbs.map(async (verb) => {
        const { out } = await run(process.execPath, require.resolve('aws-cdk/bin/cdk'), verb, '--help');
        return [verb, out] as const;
      }),
    ),
  );
  const wrong = its.filter(({ text: said }) => {
    const help = helps.get(said.split(' ')[2] ?? '') ?? '';
    return (
      !help.startsWith(`cdk ${said.split(' ')[2] ?? ''}`) ||
      !optionsIn(said).every((option) => help.includes(option))
    );
  });
  expect(lines(wrong)).toEqual([]);
});

test('npm run fix mends what can be mended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zero-to-million-fix-'));
  try {
    for (const file of [
      'package.json',
      'eslint.config.mjs',
      '.prettierrc.json',
      '.prettierignore',
      'tsconfig.json',
    ]) {
      cpSync(join(ROOT, file), join(folder, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'lib/untidy.ts'), 'export const   one : Array<number> = [ 1 ];');
    const { code, err } = await run('npm', '--prefix', folder, 'run', '--silent', 'fix');
    expect([code, err]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'lib/untidy.ts'), 'utf8')).toBe('export const one: number[] = [1];\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
