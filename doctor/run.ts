/** `npm run doctor`: the account looked at before it is paid for. It only reads. */
import { Resolver } from 'node:dns/promises';
import { isNativeError } from 'node:util/types';
import { planFor } from '../lib/scaling-plan';
import { readSettings, sentence, type Settings } from '../lib/settings';
import { connect, memo } from './aws';
import { readProject, type Project } from './context';
import { identify, judgeAccount } from './credentials';
import { look } from './deployed';
import { examine, type Line } from './examination';
import type { Finding } from './finding';
import { HELP, readCommand, type Options } from './options';
import { showProgress, type Progress } from './progress';
import { EVERYWHERE } from './question';
import { QUESTIONS } from './questions';
import { asJson, asText, carries, type Report } from './report';
import { synthesize } from './synthesis';
import { at, text } from './json';
import { askForZones } from './zones';

/** With what comes before it, the questions end within a minute. */
const PATIENCE_MS = 40_000;

/** How `npm run doctor` ends. */
const ENDS = { carries: 0, wrong: 1, misunderstood: 2 } as const;

async function main(argv: readonly string[], ended: AbortSignal): Promise<number> {
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
    const report = await reportOn(project, result.settings, command.options, progress, ended);
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

async function reportOn(
  project: Project,
  settings: Settings,
  options: Options,
  watch: Progress,
  ended: AbortSignal,
): Promise<Report> {
  const profile = options.profile ?? project.profile;
  const aws = connect({ profile, timeoutMs: options.timeoutMs, watch });
  const plan = planFor(settings);
  const report = (account: string | undefined, lines: readonly Line[]): Report => ({
    account,
    deployment: settings.name,
    stage: plan.stage,
    stageName: plan.stageName,
    lines,
  });
  const credentials = (finding: Finding): Line => ({
    question: 'credentials',
    place: EVERYWHERE,
    ...finding,
  });

  const synthesizing = new AbortController();
  const synthesized = watch.began('the synthesis of the stacks');
  const synthesis = synthesize(project, process.cwd(), AbortSignal.any([ended, synthesizing.signal])).finally(
    synthesized,
  );
  // Awaited below, where it is needed: until then its failure is not unheard of.
  synthesis.catch(() => undefined);

  const identity = await identify(aws, profile);
  const known = 'verdict' in identity ? identity : judgeAccount(identity, settings.account);
  if ('verdict' in identity || known.verdict !== 'ok') {
    synthesizing.abort();
    await synthesis.catch(() => undefined);
    return report('verdict' in identity ? undefined : identity.account, [credentials(known)]);
  }
  const wanted = await synthesis;
  const resolver = new Resolver({ timeout: options.timeoutMs, tries: 2 });
  if (options.resolver !== undefined) {
    resolver.setServers([options.resolver]);
  }
  const lines = await examine(
    {
      settings,
      plan,
      wanted,
      account: identity.account,
      aws,
      deployed: memo((region) => look(aws, region, wanted.stacks)),
      zones: memo((region) => askForZones(aws, region, wanted)),
      nameServers: (domain) => resolveNs(resolver, domain),
    },
    QUESTIONS,
    PATIENCE_MS,
  );
  return report(identity.account, [credentials(known), ...lines]);
}

async function resolveNs(resolver: Resolver, domain: string): Promise<readonly string[]> {
  try {
    return await resolver.resolveNs(domain);
  } catch (error) {
    const code = text(at(error, 'code'));
    if (code === 'ENOTFOUND' || code === 'ENODATA') {
      return [];
    }
    throw new Error(`DNS does not answer (${code ?? String(error)}); --resolver asks another server`, {
      cause: error,
    });
  }
}

// Node 20 is supported here (package.json); the AWS SDK would say so many times over, in the middle of the report.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const calledOff = new AbortController();
(['SIGINT', 'SIGTERM', 'SIGHUP'] as const).forEach((signal) =>
  process.once(signal, () => {
    calledOff.abort();
    process.exit(130);
  }),
);

main(process.argv.slice(2), calledOff.signal).then(
  // Requests that nobody waits for any longer must not hold it up.
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(isNativeError(error) ? error.message : error);
    process.exit(ENDS.wrong);
  },
);
