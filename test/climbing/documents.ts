/** The climbs as documents: what each step between two rungs does, read off the templates, in an order that people read. */
import { partsOf } from '../../lib/capacity/cost/bill';
import { dollars } from '../../lib/capacity/report';
import { billAtRest } from '../../lib/capacity/stack-costs';
import { sentence } from '../../lib/settings/problem';
import { readSettings } from '../../lib/settings/read';
import { type CloudAssembly, type Located, at, resources } from '../support/cloud-assembly';
import { DOMAIN, hasDataCenters, type Place, RUNGS, stage, titled } from '../support/rungs';
import { synthesize } from '../support/synthesize';
import { type Change, changesOf, isReplaced } from './replacements';
import { interruptionBy } from './update-requires';

/** One document: its file in docs/climbs/, and what it says. */
interface Document {
  readonly file: string;
  readonly text: string;
}

/** Every rung that leaves nothing out, lowest first. */
const LADDER = RUNGS.filter(({ without }) => without.length === 0);

/** The documents of all climbs, lowest first; from rung 2 on, for the first one is climbed from nothing. */
export function documents(): readonly Document[] {
  return LADDER.slice(1).map((upper, place) => ({
    file: `${upper.number}-${upper.name}.md`,
    text: documentOf(LADDER[place] ?? upper, upper),
  }));
}

/** What the climb onto each rung interrupts, as a sentence, by the rung's number. */
export function interruptions(): ReadonlyMap<number, string> {
  return new Map(
    LADDER.slice(1).map((upper, place) => {
      const [below, above] = assembliesOf(LADDER[place] ?? upper, upper);
      return [upper.number, stepOf(below, above).interruption];
    }),
  );
}

function assembliesOf(lower: Place, upper: Place): readonly [CloudAssembly, CloudAssembly] {
  return [synthesize(stage(lower, DOMAIN)), synthesize(stage(upper, DOMAIN))];
}

/** What one step does. */
interface Step {
  readonly added: readonly Located[];
  readonly changed: readonly Change[];
  readonly removed: readonly Located[];
  /** Stacks that the deployment no longer has: CloudFormation leaves them as they are. */
  readonly leftRunning: readonly string[];
  readonly interruption: string;
}

function documentOf(lower: Place, upper: Place): string {
  const [below, above] = assembliesOf(lower, upper);
  return [
    `# ${titled(upper)}`,
    'What the step does to a production deployment with a domain' +
      (hasDataCenters(upper) ? ' and, from rung 7 on, two regions' : '') +
      ', read off the templates. `npm run docs` writes this page; a test checks that it is current.',
    `It adds ${upper.adds}.`,
    costOf(lower, upper),
    ...section(`Up from ${titled(lower)}`, stepOf(below, above)),
    ...section(`Down to ${titled(lower)}`, stepOf(above, below)),
    'Read [Going down a rung](../runbook.md#going-down-a-rung) first: a deployment that takes something away must be told so.',
    '',
  ].join('\n\n');
}

/** What the step costs, part by part, without any request. */
function costOf(lower: Place, upper: Place): string {
  const [below, above] = [lower, upper].map(partsAtRest);
  if (below === undefined || above === undefined) throw new Error('Two rungs have two bills.');
  const parts = [...new Set([...above.keys(), ...below.keys()])];
  const difference = (part: string): number => (above.get(part) ?? 0) - (below.get(part) ?? 0);
  const [before, after] = [below, above].map((bill) =>
    [...bill.values()].reduce((sum, cost) => sum + cost, 0),
  );
  const changed = parts
    .filter((part) => Math.abs(difference(part)) >= 0.5)
    .map((part) => `${part} ${signed(difference(part))}`);
  return `**It costs ${dollars((after ?? 0) - (before ?? 0))} more a month at rest**, from ${dollars(before ?? 0)} to ${dollars(after ?? 0)}: ${changed.join(', ')}. \`npm run plan\` says what it costs under load.`;
}

function partsAtRest(rung: Place): ReadonlyMap<string, number> {
  const result = readSettings(stage(rung, DOMAIN));
  if (!result.ok) throw new Error(result.problems.map(sentence).join('\n'));
  const { settings } = result;
  const bill = billAtRest({
    request: settings,
    regions: settings.regions,
    hasDomain: settings.domain !== undefined,
  });
  if (!bill.known) throw new Error(`There is no price for ${bill.missing.join(', ')}.`);
  return new Map(partsOf(bill.items).map(({ what, expected }) => [what, expected]));
}

function signed(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${dollars(Math.abs(difference))}`;
}

function section(title: string, step: Step): readonly string[] {
  const { added, changed, removed, leftRunning, interruption } = step;
  const kept = removed.filter(isRetained);
  const counts = [
    `${added.length} ${added.length === 1 ? 'resource' : 'resources'} added`,
    `${changed.length} changed in place`,
    `${removed.length} taken away` +
      (kept.length === 0 ? '' : `, ${kept.length} of them kept in the account`),
  ].join(', ');
  return [
    `## ${title}`,
    `**${counts}. ${interruption}**`,
    ...titledList('### Adds', byConstruct(added)),
    ...titledList('### Changes in place', changesTable(changed)),
    ...titledList('### Takes away, kept in the account until you delete it', byConstruct(kept)),
    ...titledList('### Takes away', byConstruct(removed.filter((resource) => !isRetained(resource)))),
    ...titledList(
      '### Leaves running: stacks that are no part of the deployment any more, to be destroyed by name',
      leftRunning.map((stack) => `- \`${stack}\``),
    ),
  ];
}

function titledList(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, lines.join('\n')];
}

function stepOf(before: CloudAssembly, after: CloudAssembly): Step {
  const names = (assembly: CloudAssembly): ReadonlySet<string> =>
    new Set(resources(assembly).map(({ name }) => name));
  const [had, has] = [names(before), names(after)];
  const added = resources(after).filter(({ name }) => !had.has(name));
  const changed = changesOf(before, after).filter(
    ({ difference: { propertyUpdates } }) => Object.keys(propertyUpdates).length > 0,
  );
  const replaced = changed.filter(isReplaced).map(({ name }) => name);
  if (replaced.length > 0) throw new Error(`A step replaces ${replaced.join(', ')}.`);
  return {
    added,
    changed,
    removed: resources(before).filter(({ name, stack }) => !has.has(name) && after.has(stack)),
    leftRunning: [...before.keys()].filter((stack) => !after.has(stack)),
    interruption: interruptionOf(after, changed, added),
  };
}

/** How long users wait: for as long as the one server is replaced, and not at all behind a load balancer. */
function interruptionOf(after: CloudAssembly, changed: readonly Change[], added: readonly Located[]): string {
  const rolled = changed.some(({ type }) => type === 'AWS::EC2::LaunchTemplate');
  const least = resources(after, 'AWS::AutoScaling::AutoScalingGroup').map(({ resource }) =>
    Number(at(resource.UpdatePolicy, 'AutoScalingRollingUpdate.MinInstancesInService')),
  );
  if (!rolled) return 'Nothing is interrupted.';
  if (!least.includes(0)) return 'Nothing is interrupted: servers are replaced one at a time.';
  const carried = added.some(({ resource }) => resource.Type === 'AWS::RDS::DBInstance');
  return `Users wait while the one server is replaced, some minutes${
    carried ? ', and for as long as the data is carried over' : ''
  }.`;
}

function isRetained({ resource }: Located): boolean {
  return resource.DeletionPolicy?.startsWith('Retain') === true;
}

/** A list for each stack and in it a line for each construct, in the order of deployment and then of the template. */
function byConstruct(located: readonly Located[]): readonly string[] {
  const stacks = new Set(located.map(({ stack }) => stack));
  return [...stacks].flatMap((stack) => {
    const types = new Map<string, string[]>();
    for (const one of located.filter((each) => each.stack === stack)) {
      const construct = constructOf(one);
      types.set(construct, [...(types.get(construct) ?? []), one.resource.Type]);
    }
    return [
      `- \`${stack}\``,
      ...[...types].map(([construct, those]) => `  - ${construct}: ${counted(those)}`),
    ];
  });
}

/** The construct that a stack's resource belongs to: the first part of its path below the stack. */
function constructOf({ id, resource }: Located): string {
  const path = resource.Metadata?.['aws:cdk:path'];
  const construct = typeof path === 'string' ? (path.split('/')[1] ?? id) : id;
  // Functions that the CDK makes once a stack, under names with a hash in them.
  return [
    [/^AWS[0-9a-f]{32}$/, 'the CDK’s function that asks AWS'] as const,
    [/^Custom::CDKBucketDeployment/, 'the CDK’s function that copies files'] as const,
  ].reduce((name, [pattern, words]) => (pattern.test(construct) ? words : name), construct);
}

/** `2 × AWS::EC2::Route, AWS::EC2::EIP`. */
function counted(types: readonly string[]): string {
  return [...new Set(types)]
    .map((type) => {
      const count = types.filter((other) => other === type).length;
      return `${count === 1 ? '' : `${count} × `}${type}`;
    })
    .join(', ');
}

function changesTable(changes: readonly Change[]): readonly string[] {
  if (changes.length === 0) return [];
  return [
    '| stack | resource | property | AWS interrupts |',
    '| --- | --- | --- | --- |',
    ...changes.flatMap(({ name, type, difference }) => {
      const [stack = '', id = ''] = name.split('/');
      return Object.keys(difference.propertyUpdates)
        .sort()
        .map(
          (property) =>
            `| \`${stack}\` | ${type} \`${id}\` | ${property} | ${interruptionBy(type, property)} |`,
        );
    }),
  ];
}
