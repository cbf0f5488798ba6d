/** What a replica’s data center has for its promotion, in templates as they are deployed. */
import { at, list, resources } from '../../support/cloud-assembly';
import { DOMAIN } from '../../support/rungs';
import { synthesize } from '../../support/synthesize';

const REGIONS = { regions: 'us-east-1,eu-west-1,ap-northeast-1' };
const byHand = synthesize({ stage: '7', ...DOMAIN, ...REGIONS });
const byAlarm = synthesize({ stage: '7', ...DOMAIN, ...REGIONS, automaticPromotion: 'true' });

const of = (assembly: typeof byHand, region: string, type: string) =>
  resources(assembly, type).filter(({ stack }) => stack === `zero-to-million-${region}-data`);
const promotions = (assembly: typeof byHand, region: string) =>
  of(assembly, region, 'AWS::Lambda::Function').filter(({ id }) => id.startsWith('PromotionPromote'));
const said = (value: unknown): string => JSON.stringify(value);

test('each data center with a replica has a function that promotes, the primary has none', () => {
  const counts = ['us-east-1', 'eu-west-1', 'ap-northeast-1'].map(
    (region) => promotions(byHand, region).length,
  );
  expect(counts).toEqual([0, 1, 1]);
});

test('it runs on Graviton and Node 24, for as long as Lambda lets it', () => {
  expect(promotions(byHand, 'eu-west-1').map(({ properties }) => properties)).toEqual([
    expect.objectContaining({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Timeout: 900,
    }),
  ]);
});

test('it may lock by one object more than the mark, and nothing in a deployment reserves concurrency, for new accounts have none', () => {
  const objects = of(byHand, 'eu-west-1', 'AWS::IAM::Policy')
    .filter(({ id }) => id.startsWith('PromotionPromote'))
    .flatMap(({ properties }) => list(at(properties, 'PolicyDocument.Statement')))
    .filter((statement) => list(at(statement, 'Action')).includes('s3:PutObject'))
    .flatMap((statement) =>
      list(at(statement, 'Resource')).map((arn) => said(arn).replace(/.*"(\/[^"]*)".*/, '$1')),
    );
  expect(objects).toEqual(['/promoted-mark/eu-west-1', '/promotion-lock']);
  const reserving = resources(byAlarm, 'AWS::Lambda::Function').filter(
    ({ properties }) => 'ReservedConcurrentExecutions' in properties,
  );
  expect(reserving).toEqual([]);
});

test('it may promote, and only the watch may make the old primary read-only; no resource is a bare wildcard', () => {
  const policies = of(byHand, 'eu-west-1', 'AWS::IAM::Policy').filter(({ id }) => id.startsWith('Promotion'));
  const who = (action: string) =>
    policies
      .filter(({ properties }) => said(properties).includes(action))
      .map(({ id }) => id.replace(/Role.*/, ''));
  expect(who('rds:PromoteReadReplica')).toEqual(['PromotionPromote']);
  expect(who('rds:ModifyDBParameterGroup')).toEqual(['PromotionWatch']);
  expect(policies.filter(({ properties }) => said(properties).includes('"Resource":"*"'))).toEqual([]);
});

test('what goes on with a promotion runs every five minutes, and an alarm says when it cannot', () => {
  const schedules = of(byHand, 'eu-west-1', 'AWS::Events::Rule')
    .filter(({ id }) => id.startsWith('PromotionResume'))
    .map(({ properties }) => [
      properties['ScheduleExpression'],
      said(properties['Targets']).includes('{\\"resume\\":true}'),
    ]);
  expect(schedules).toEqual([['rate(5 minutes)', true]]);
  const alarms = of(byHand, 'eu-west-1', 'AWS::CloudWatch::Alarm').filter(({ id }) =>
    id.startsWith('PromotionPromoteErrors'),
  );
  expect(alarms.map(({ properties }) => properties)).toEqual([
    expect.objectContaining({ MetricName: 'Errors', Period: 300, EvaluationPeriods: 3 }),
  ]);
});

test('who takes writes is a number that the metric filter reads, 0 as well as 1', () => {
  const filters = of(byHand, 'eu-west-1', 'AWS::Logs::MetricFilter').filter(({ id }) =>
    id.startsWith('Promotion'),
  );
  expect(filters.map(({ properties }) => properties['FilterPattern'])).toEqual(['{ $.writesTaken >= 0 }']);
});

test('an alarm promotes where that is switched on, and in one region alone', () => {
  const alarms = [byHand, byAlarm].map((assembly) =>
    resources(assembly, 'AWS::CloudWatch::CompositeAlarm').map(({ stack }) => stack),
  );
  expect(alarms).toEqual([[], ['zero-to-million-eu-west-1-data']]);
});

test('the alarm needs both: no writes are accepted, and the replica receives nothing', () => {
  const rules = resources(byAlarm, 'AWS::CloudWatch::CompositeAlarm').map(({ properties }) =>
    said(properties['AlarmRule']),
  );
  expect(rules).toEqual([expect.stringMatching(/PromotionUnwritable.* AND .*PromotionCutOff/)]);
});

test('a later deployment with other settings leaves the replica, and what it was asked for once, as they were', () => {
  const after = synthesize({
    stage: '8',
    ...DOMAIN,
    ...REGIONS,
    automaticPromotion: 'true',
    maxServers: '9',
  });
  const kept = (assembly: typeof byHand) =>
    ['AWS::RDS::DBInstance', 'Custom::OfTheFirstDataCenter'].flatMap((type) =>
      of(assembly, 'eu-west-1', type).map(({ id, properties }) => [id, said(properties)]),
    );
  expect(kept(byHand).length).toBeGreaterThan(1);
  expect(kept(after)).toEqual(kept(byHand));
});

test('the replica’s source is an answer that was given once, and no reference to another stack', () => {
  const [source] = of(byHand, 'eu-west-1', 'AWS::RDS::DBInstance').map(({ properties }) =>
    said(at(properties, 'SourceDBInstanceIdentifier')),
  );
  expect(source).toMatch(/arn:aws:rds:us-east-1:.*StackResourceDetail\.PhysicalResourceId/);
  expect(source).not.toContain('Fn::ImportValue');
});
