/** `npm run docs`: writes every page, picture and table that comes from the code. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '../../local/command-line';
import { writeFormatted } from '../../local/write-formatted';
import { ROOT } from '../support/synthesize';
import { type Generated, generated } from './generated';

/** What is written together, for it is read off the same things. */
interface Part {
  readonly writes: string;
  /** A folder that holds nothing else: what is no more is removed. */
  readonly folder?: string;
  readonly files: () => Promise<readonly Generated[]>;
}

const PARTS: Readonly<Record<string, Part>> = {
  tables: {
    writes: 'docs/settings.md, docs/planner.md and the table of docs/application-contract.md, from the data',
    files: () => Promise.resolve(generated()),
  },
  climbs: {
    writes: 'docs/climbs, a page for each climb, read off the templates',
    folder: 'docs/climbs',
    files: async () => {
      // Only now, here and below, for it loads the CDK, which takes seconds.
      const { documents } = await import('../climbing/documents.js');
      return documents().map(({ file, text }) => ({ file: `docs/climbs/${file}`, text }));
    },
  },
  diagrams: {
    writes:
      'docs/pictures, a picture of each rung, read off the templates; docs/ladder.html; README’s table of the ladder',
    folder: 'docs/pictures',
    files: async () => {
      const { illustrated } = await import('../documents/illustrated.js');
      return illustrated();
    },
  },
};

const HELP = `Usage: npm run docs [-- PART …]

Writes anew what comes from the code. A test fails where it is not current.

${Object.entries(PARTS)
  .map(([name, { writes }]) => `  ${name.padEnd(10)} ${writes}`)
  .join('\n')}
  --help     this text

Without a part it writes all of them. npm run diagrams is npm run docs -- diagrams.
`;

async function main(): Promise<void> {
  const { values, positionals } = readCommandLine('npm run docs', {
    options: { help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const asked = positionals.length === 0 ? Object.keys(PARTS) : positionals;
  const parts = asked.map((name) => {
    const part = PARTS[name];
    if (part === undefined) {
      throw new Error(`${name}: there is no such part. There are ${Object.keys(PARTS).join(', ')}.`);
    }
    return part;
  });
  for (const { folder, files } of parts) {
    const made = await files();
    if (folder !== undefined) {
      rmSync(join(ROOT, folder), { recursive: true, force: true });
      mkdirSync(join(ROOT, folder));
    }
    for (const { file, text } of made) {
      const path = join(ROOT, file);
      if (file.endsWith('.md')) await writeFormatted(path, text);
      else writeFileSync(path, text);
      console.log(file);
    }
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
