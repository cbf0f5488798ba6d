/** One look at an account: who asks, what would be deployed, and every question about it. */
import { Resolver } from 'node:dns/promises';
import { endedBy } from '../contract/ended-by';
import { planFor } from '../lib/scaling-plan';
import type { Settings } from '../lib/settings';
import { connect, memo } from './aws';
import type { Project } from './context';
import { identify, judgeAccount } from './credentials';
import { look } from './deployed';
import { examine, type Line } from './examination';
import type { Finding } from './finding';
import { at, text } from './json';
import type { Options } from './options';
import type { Progress } from './progress';
import { EVERYWHERE } from './question';
import { QUESTIONS } from './questions';
import type { Report } from './report';
import { synthesize } from './synthesis';
import { askForZones } from './zones';

/** With what comes before it, the questions end within a minute. */
const PATIENCE_MS = 40_000;

/** Looks, and says what was found. The signal calls it off. */
export async function reportOn(
  project: Project,
  settings: Settings,
  options: Options,
  watch: Progress,
  calledOff: AbortSignal,
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
  const synthesis = endedBy([calledOff, synthesizing.signal], (until) =>
    synthesize(project, process.cwd(), until),
  ).finally(synthesized);
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
