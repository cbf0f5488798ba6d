/** `npm run measured`: runs the commands whose output docs/measured.md shows, and writes it there. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '../local/command-line';
import { writeFormatted } from '../local/write-formatted';
import { commandsIn, withOutput } from './measured';
import { plannerRows } from './planner-rows';

const ROOT = join(__dirname, '..');
const PAGE = join(ROOT, 'docs/measured.md');
const PLANNER_ROWS = join(ROOT, 'lib/capacity/data/measured.json');

const HELP = `Usage: npm run measured [-- TEXT …]

Runs each command whose output docs/measured.md shows, and writes what it prints in the place of what stood there, with its
date and machine; then the planner's rows, lib/capacity/data/measured.json, out of it. It needs a quiet machine: some forty minutes for all.

  TEXT     only commands that contain it, such as "bench -- rungs"
  --help   this text

Ends with 1 where a command did, a broken promise or an aim that was missed, say. Its output is written all the same.
`;

async function main(): Promise<void> {
  const { values, positionals } = readCommandLine('npm run measured', {
    options: { help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const commands = commandsIn(readFileSync(PAGE, 'utf8')).filter(
    (command) => positionals.length === 0 || positionals.some((text) => command.includes(text)),
  );
  if (commands.length === 0) {
    throw new Error(
      `${positionals.join(' ')}: docs/measured.md shows no such command. Its commands stand in its source, as <!-- npm run … -->.`,
    );
  }
  for (const command of commands) {
    process.stderr.write(`${command}\n`);
    const { stdout, status } = spawnSync(command.replace('npm run', 'npm run --silent'), {
      cwd: ROOT,
      shell: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    if (stdout.trim() === '') {
      throw new Error(`${command} printed nothing, so docs/measured.md keeps what it has of it.`);
    }
    // Read anew, for each command takes minutes in which the page may be edited.
    await writeFormatted(PAGE, withOutput(readFileSync(PAGE, 'utf8'), command, stdout));
    if (status !== 0) process.exitCode = 1;
  }
  await writeFormatted(PLANNER_ROWS, JSON.stringify(plannerRows(readFileSync(PAGE, 'utf8'))));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
