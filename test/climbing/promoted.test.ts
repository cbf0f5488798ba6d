/** What a later deployment does to a data center whose database was promoted: nothing. */
import { altered } from '../support/assemblies';
import { type CloudAssembly, resources } from '../support/cloud-assembly';
import { DOMAIN } from '../support/rungs';
import { type Context, synthesize } from '../support/synthesize';
import { dangers } from './dangers';
import { changesOf, isReplaced } from './replacements';

const FURTHER = 'zero-to-million-eu-west-1-data';

const deployed = (context: Context = {}): CloudAssembly => synthesize({ stage: '8', ...DOMAIN, ...context });

/** Names of the further data center's database, and of the question whom it once replicated. */
function promoted(assembly: CloudAssembly): readonly string[] {
  return resources(assembly, 'AWS::RDS::DBInstance', 'Custom::OfTheFirstDataCenter')
    .filter(({ stack }) => stack === FURTHER)
    .map(({ name }) => name);
}

const LATER: readonly (readonly [string, Context])[] = [
  ['a change of nothing', {}],
  ['another size of server', { serverInstanceType: 'm7g.large', minServers: '4', maxServers: '12' }],
  ['other caches', { cacheNodeType: 'r7g.large' }],
  ['fewer replicas of the first region', { replicas: '0' }],
  ['an address for alarms', { alarmEmail: 'ops@example.com' }],
  ['the next secret of the origin', { originSecret: '2' }],
  ['promotion by an alarm', { automaticPromotion: 'true' }],
  ['a third data center', { regions: 'us-east-1,eu-west-1,ap-southeast-2' }],
  ['the queue left out', { stage: '7' }],
];

describe('after a promotion', () => {
  it('the promoted database and what it once replicated are what is asked about', () => {
    expect(promoted(deployed())).toEqual(
      expect.arrayContaining([expect.stringMatching(/\/FirstDatabase/), expect.stringMatching(/\/Database/)]),
    );
  });

  it.each(LATER)('%s changes neither the promoted database nor what it replicates', (_title, context) => {
    const kept = promoted(deployed());
    const changed = changesOf(deployed(), deployed(context)).map(({ name }) => name);
    expect(changed.filter((name) => kept.includes(name))).toEqual([]);
  });

  it('a larger database is the same database', () => {
    const larger = changesOf(deployed(), deployed({ databaseInstanceType: 'r8g.large' })).filter(({ name }) =>
      promoted(deployed()).includes(name),
    );
    expect(
      larger.map((change) => [Object.keys(change.difference.propertyUpdates), isReplaced(change)]),
    ).toEqual([[['DBInstanceClass'], false]]);
  });

  it('a deployment that asks again whom it replicates would be found', () => {
    const asking = altered(deployed(), 'Custom::OfTheFirstDataCenter', (id, resource) => ({
      [id]: { ...resource, Properties: { ...resource.Properties, Update: '{"another":"question"}' } },
    }));
    expect(dangers(deployed(), asking, { production: true })).toContainEqual(
      expect.stringMatching(/eu-west-1-data\/Database\w* .* SourceDBInstanceIdentifier/),
    );
  });

  it('regions in another order are refused by CloudFormation, for their parts change type', () => {
    const turned = deployed({ regions: 'eu-west-1,us-east-1' });
    const types = [deployed(), turned].map((assembly) =>
      [...assembly]
        .flatMap(([stack, template]) => {
          const part = template.Resources['Part'];
          return part === undefined ? [] : [`${stack}: ${part.Type}`];
        })
        .sort(),
    );
    expect(types).toEqual([
      [
        `${FURTHER}: AWS::SSM::Parameter`,
        'zero-to-million-us-east-1-data: AWS::CloudFormation::WaitConditionHandle',
      ],
      [
        `${FURTHER}: AWS::CloudFormation::WaitConditionHandle`,
        'zero-to-million-us-east-1-data: AWS::SSM::Parameter',
      ],
    ]);
  });
});
