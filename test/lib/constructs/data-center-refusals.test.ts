import { DataCenterRouting, readsName, writesName } from '../../../lib/constructs/edge/data-center-routing';
import { at } from '../../support/cloud-assembly';
import { inStack } from './in-stack';

const DOMAIN = { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

/** Records of that name, by weight. */
function weights(otherRegions: readonly string[], name: string): ReadonlyMap<unknown, unknown> {
  const template = inStack((stack) => {
    new DataCenterRouting(stack, 'Routing', { ...DOMAIN, region: 'us-east-1', otherRegions });
  });
  const found = template.findResources('AWS::Route53::RecordSet', { Properties: { Name: name } });
  return new Map(
    Object.values(found).map((record) => [at(record, 'Properties.Weight'), at(record, 'Properties')]),
  );
}

const READS = readsName(DOMAIN.domainName);
const WRITES = writesName(DOMAIN.domainName);
const writes = weights(['eu-west-1'], WRITES);
const [reads] = weights(['eu-west-1'], READS).values();

describe('where no database takes writes', () => {
  it('a data center that answers reads is asked, by a record that is not used otherwise', () => {
    expect([...writes.keys()].sort()).toEqual([0, 1]);
    expect(at(writes.get(0), 'HealthCheckId')).toEqual(at(reads, 'HealthCheckId'));
    expect(at(writes.get(0), 'ResourceRecords')).toEqual(at(writes.get(1), 'ResourceRecords'));
  });

  it('that record is told apart from the one for writes', () => {
    expect([at(writes.get(0), 'SetIdentifier'), at(writes.get(1), 'SetIdentifier')]).toEqual([
      'us-east-1-refusals',
      'us-east-1',
    ]);
  });

  it('the only data center says so itself', () => {
    expect([...weights([], WRITES).keys()]).toEqual([1]);
  });
});
