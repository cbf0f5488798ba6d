/** What must hold in the templates of every rung, whatever the circumstances: a rule lists what breaks it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudAssembly } from '../../support/cloud-assembly';
import { ROOT } from '../../support/synthesize';
import { muteAlarms } from './alarms';
import { openBuckets, unencrypted } from './encryption';
import { unattached } from './internet';
import { leftovers } from './leftovers';
import { endlessLogs, logsOutsideTheStack, makersOfLogGroups } from './logs';
import { sharedMetrics } from './metrics';
import { physicalNames } from './names';
import { tooPermissive } from './permissions';
import { keptFromBirth } from './retained';
import { imdsV1, mismatchedArchitectures } from './servers';

interface Rule {
  /** What holds, as the end of a test's title. */
  readonly title: string;
  readonly broken: (assembly: CloudAssembly) => readonly string[];
}

/** Rules of every rung. */
export const RULES: readonly Rule[] = [
  { title: 'everything at rest is encrypted', broken: unencrypted },
  { title: 'buckets answer over TLS and never to everybody', broken: openBuckets },
  { title: 'no role may do more than named actions on named resources', broken: tooPermissive },
  { title: 'servers answer IMDSv2 only', broken: imdsV1 },
  { title: 'images and functions fit their processors', broken: mismatchedArchitectures },
  { title: 'nothing needs the internet gateway before it is attached', broken: unattached },
  { title: 'every log has an end', broken: endlessLogs },
  { title: 'every function logs into its stack', broken: logsOutsideTheStack },
  { title: 'no function makes a log group', broken: makersOfLogGroups },
  { title: 'no metric is shared with another deployment', broken: sharedMetrics },
  { title: 'nothing has a name of our choosing', broken: physicalNames },
  { title: 'nothing stays of a creation that is taken back', broken: keptFromBirth },
  {
    title: 'every alarm tells somebody, and what to do',
    broken: (assembly) => muteAlarms(assembly, readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8')),
  },
];

/** Rules of a sandbox. */
export const SANDBOX_RULES: readonly Rule[] = [
  { title: 'nothing is left behind by a destroy', broken: leftovers },
];
