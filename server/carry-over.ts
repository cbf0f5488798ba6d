/**
 * Carries the database of the old server's volume over into the separate one, exactly once, however many servers start
 * and wherever one is interrupted. `boot.sh` runs it at every start from rung 2 on while the volume has a generation.
 */
import type { Client } from 'pg';
import { connect } from './carry-over/databases';
import { say, step } from './carry-over/progress';
import { refuseUnlessEmpty, refuseWhatCannotBeCarried } from './carry-over/refusals';
import { copyRows } from './carry-over/rows';
import { readSchema } from './carry-over/schema';
import { HELP, takeSettings, type Settings } from './carry-over/settings';
import { runToEnd } from './carry-over/source';
import { markDone, waitForTurn } from './carry-over/turn';
import { verify } from './carry-over/verify';

/** How long SOURCE_CLOSE may take, in ms: a clean shutdown of PostgreSQL writes a checkpoint, then the volume detaches. */
const CLOSE_MS = 300_000;

async function carryOver(settings: Settings, signal: AbortSignal): Promise<void> {
  const target = await step('connect-target', () => connectTarget(settings, signal));
  try {
    const turn = await step('wait-turn', (report) => waitForTurn(target, settings, report, signal));
    if (turn === 'mine') {
      await step('check-target', () => refuseUnlessEmpty(target));
    }
    try {
      await (turn === 'mine' ? carry(target, settings, signal) : undefined);
    } finally {
      // Also where an earlier run carried but was killed before it closed; closing twice does nothing.
      await step('close-source', () => closeSource(settings));
    }
    say(turn === 'mine' ? 'finished: carried over' : 'finished: was carried over before');
  } finally {
    await target.end();
  }
}

async function carry(target: Client, settings: Settings, signal: AbortSignal): Promise<void> {
  const source = await step('open-source', async () => {
    await runToEnd(settings.sourceOpen, settings.openMs, signal);
    return connect('source', settings.sourceUrl, settings.connectMs, signal);
  });
  try {
    // One snapshot for the catalog and every row: what is counted is what was copied.
    await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const schema = await step('inspect-source', async () => {
      await refuseWhatCannotBeCarried(source, target);
      return readSchema(source);
    });
    await target.query('BEGIN');
    await step('create-tables', (report) => runAll(target, schema.beforeRows, report));
    await step('copy-rows', (report) => copyRows(source, target, schema.tables, report, signal));
    await step('add-constraints', (report) => runAll(target, schema.afterRows, report));
    await step('verify', (report) => verify(source, target, schema.tables, report));
    await step('commit', async () => {
      await markDone(target, settings.generation);
      // Inside the transaction, so that no server ever meets tables without statistics.
      await target.query('ANALYZE');
      await target.query('COMMIT');
    });
  } finally {
    await source.end();
  }
}

function connectTarget(settings: Settings, signal: AbortSignal): Promise<Client> {
  const url = new URL(settings.targetUrl);
  url.username = encodeURIComponent(settings.targetUser);
  url.password = encodeURIComponent(settings.targetPassword);
  return connect('target', url.href, settings.connectMs, signal);
}

async function runAll(
  target: Client,
  statements: readonly string[],
  report: (detail: string) => void,
): Promise<void> {
  for (const [index, statement] of statements.entries()) {
    report(`${index + 1} of ${statements.length}`);
    try {
      await target.query(statement);
    } catch (cause) {
      throw new Error(
        `The target refuses part of the source's schema: ${String(cause)}. The statement was:\n  ${statement}\n` +
          'The copy was rolled back and the source is as it was. Change that part in the source, or carry over by ' +
          'hand with pg_dump: docs/runbook.md, "Carry-over".',
        { cause },
      );
    }
  }
}

/** The rows are safe on either side by now: a source that stays open is worth a line, not a server that does not start. */
async function closeSource(settings: Settings): Promise<void> {
  try {
    await runToEnd(settings.sourceClose, CLOSE_MS);
  } catch (error) {
    say(`warning: the source could not be closed: ${String(error)}`);
  }
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const interruption = new AbortController();
  (['SIGTERM', 'SIGINT'] as const).forEach((name) => {
    process.once(name, () => {
      interruption.abort(new Error(`Interrupted by ${name}.`));
    });
  });
  try {
    await carryOver(takeSettings(process.env), interruption.signal);
  } catch (error) {
    interruption.signal.throwIfAborted();
    throw error;
  }
}

main().catch((error: unknown) => {
  say(`failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
