/** `npm run fuzz`: the fuzz test of `npm test`, for as long as asked. */
import { randomInt } from 'node:crypto';
import { readCommandLine, readWholeNumber } from '../../local/command-line';

const HELP = `Usage: npm run fuzz [-- --seconds N] [--seed N]

Throws broken and valid requests at the application, in this process over a real PostgreSQL, and holds every answer
against what was made. Exit code 1 where anything was wrong.

  --seconds N   for how long (default 60)
  --seed N      which choices are made (default: others each time; the seed is printed)
  --help        this text
`;

async function main(): Promise<number> {
  const { values } = readCommandLine('npm run fuzz', {
    options: { seconds: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  // Only now, for the application takes a second to load.
  const { fuzz } = await import('./fuzz.js');
  const seed = readWholeNumber('--seed', values.seed ?? String(randomInt(2 ** 31)), { from: 0 });
  const seconds = readWholeNumber('--seconds', values.seconds ?? '60');
  console.log(`seed ${seed}, ${seconds} s`);
  const { wrong, ...numbers } = await fuzz({ seed, seconds });
  wrong.forEach((sentence) => {
    console.log(sentence);
  });
  console.log(
    `${numbers.connections} connections, ${numbers.links} links made, ${numbers.redirects} redirects, ` +
      `memory grown by ${numbers.grownMegabytes.toFixed(1)} MB: ${wrong.length} wrong`,
  );
  return wrong.length === 0 ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
