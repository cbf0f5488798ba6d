/** `npm run doctor`: the account looked at before it is paid for. It only reads. */
import { isNativeError } from 'node:util/types';
import { sentence } from '../lib/settings/problem';
import { readSettings } from '../lib/settings/read';
import { readProject } from './context';
import { HELP, readCommand } from './options';
import { showProgress } from './progress';
import { asJson, asText, carries } from './report';

/** How `npm run doctor` ends. */
const ENDS = { carries: 0, wrong: 1, misunderstood: 2 } as const;

async function main(argv: readonly string[], calledOff: AbortSignal): Promise<number> {
  const command = understood(argv);
  if (typeof command === 'string') {
    console.error(command);
    return ENDS.misunderstood;
  }
  if (command.kind === 'help') {
    process.stdout.write(HELP);
    return ENDS.carries;
  }
  const folder = process.cwd();
  const project = readProject(folder, command.options.context);
  const result = readSettings(project.context, folder);
  if (!result.ok) {
    console.error(result.problems.map(sentence).join('\n'));
    return ENDS.wrong;
  }
  const progress = showProgress(process.stderr);
  try {
    // Only now, for AWS's clients take a second to load.
    const { reportOn } = await import('./doctor.js');
    const report = await reportOn(project, result.settings, command.options, progress, calledOff);
    progress.end();
    process.stdout.write(command.options.json ? `${asJson(report)}\n` : asText(report));
    return carries(report) ? ENDS.carries : ENDS.wrong;
  } finally {
    progress.end();
  }
}

function understood(argv: readonly string[]) {
  try {
    return readCommand(argv);
  } catch (error) {
    return isNativeError(error) ? error.message : String(error);
  }
}

// Node 20 is supported here (package.json); the AWS SDK would say so many times over, in the middle of the report.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const callOff = new AbortController();
(['SIGINT', 'SIGTERM', 'SIGHUP'] as const).forEach((signal) =>
  process.once(signal, () => {
    callOff.abort();
    process.exit(130);
  }),
);

main(process.argv.slice(2), callOff.signal).then(
  // Requests that are not waited for any longer must not hold it up.
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(isNativeError(error) ? error.message : error);
    process.exit(ENDS.wrong);
  },
);
