import { Match } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { DataCenterRouting, readsName, writesName } from '../../../lib/constructs/edge/data-center-routing';
import { REGIONS } from '../../../lib/regions';
import { at, list } from '../../support/cloud-assembly';
import { inStack } from './in-stack';

const DOMAIN = { domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

function routing(region: string, otherRegions: readonly string[]): ReturnType<typeof inStack> {
  return inStack((stack) => {
    new DataCenterRouting(stack, 'Routing', { ...DOMAIN, region, otherRegions });
  });
}

/** The properties of a health check that a value refers to. */
function checkOf(template: ReturnType<typeof inStack>, reference: unknown): unknown {
  const [id] = list(at(reference, 'Fn::GetAtt'));
  const checks = template.findResources('AWS::Route53::HealthCheck');
  return at(typeof id === 'string' ? checks[id] : undefined, 'Properties.HealthCheckConfig');
}

/** The record of that name. */
function record(template: ReturnType<typeof inStack>, name: string): unknown {
  const [found] = Object.values(
    template.findResources('AWS::Route53::RecordSet', { Properties: { Name: name } }),
  );
  return at(found, 'Properties');
}

/** What must all be so for a record to count, a line each. */
function conditions(template: ReturnType<typeof inStack>, name: string): readonly string[] {
  const all = checkOf(template, at(record(template, name), 'HealthCheckId'));
  return list(at(all, 'ChildHealthChecks')).map((child) => {
    const asked = checkOf(template, child);
    const url = `${String(at(asked, 'FullyQualifiedDomainName'))}${String(at(asked, 'ResourcePath'))}`;
    return at(asked, 'Inverted') === true ? `not ${url}` : url;
  });
}

const READS = readsName(DOMAIN.domainName);
const WRITES = writesName(DOMAIN.domainName);
const two = routing('us-east-1', ['eu-west-1']);

/** Two to five regions, the first of which is looked at. */
const regions = fc.uniqueArray(fc.constantFrom(...REGIONS), { minLength: 2, maxLength: 5 });

/** Holds `property` against data centers anywhere, as one of them sees the others. */
function expectOfAll(property: (here: string, others: readonly string[]) => void): void {
  fc.assert(
    fc.property(regions, ([here = '', ...others]) => {
      property(here, others);
    }),
    { numRuns: 25 },
  );
}

describe('reads', () => {
  it('are led to the data center with the lowest latency', () => {
    two.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'reads.links.example.com',
      HostedZoneId: DOMAIN.hostedZoneId,
      Region: 'us-east-1',
      SetIdentifier: 'us-east-1',
      Weight: Match.absent(),
      Failover: Match.absent(),
    });
  });

  it('are led there while it can answer them, and no other was promoted', () => {
    expectOfAll((here, others) => {
      expect(conditions(routing(here, others), READS)).toEqual([
        `origin-${here}.links.example.com/readyz`,
        ...others.map((other) => `not links.example.com/promoted-mark/${other}`),
      ]);
    });
  });
});

describe('writes', () => {
  it('are led to any data center of equal weight, for one takes them', () => {
    two.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'writes.links.example.com',
      HostedZoneId: DOMAIN.hostedZoneId,
      Weight: 1,
      SetIdentifier: 'us-east-1',
      Region: Match.absent(),
      Failover: Match.absent(),
    });
  });

  it('are led there while its database takes them, and no other was promoted', () => {
    expectOfAll((here, others) => {
      expect(conditions(routing(here, others), WRITES)).toEqual([
        `origin-${here}.links.example.com/writable`,
        ...others.map((other) => `not links.example.com/promoted-mark/${other}`),
      ]);
    });
  });
});

describe('a record of a data center', () => {
  it.each([READS, WRITES])('%s is another name for its entrance, and remembered for ten seconds', (name) => {
    expect([
      at(record(two, name), 'Type'),
      at(record(two, name), 'ResourceRecords'),
      at(record(two, name), 'TTL'),
    ]).toEqual(['CNAME', ['origin-us-east-1.links.example.com'], '10']);
  });

  it('needs every one of its conditions', () => {
    expectOfAll((here, others) => {
      const template = routing(here, others);
      const needed = [READS, WRITES].map((name) => {
        const all = checkOf(template, at(record(template, name), 'HealthCheckId'));
        return [at(all, 'Type'), at(all, 'HealthThreshold')];
      });
      expect(needed).toEqual([
        ['CALCULATED', others.length + 1],
        ['CALCULATED', others.length + 1],
      ]);
    });
  });

  it('is told apart from the other data centers’ of its name, and stands in the way of none', () => {
    const sets = ['us-east-1', 'eu-west-1', 'ap-southeast-2'].map((here, _, all) => {
      const template = routing(
        here,
        all.filter((other) => other !== here),
      );
      return [at(record(template, READS), 'SetIdentifier'), at(record(template, READS), 'Region')];
    });
    expect(sets).toEqual([
      ['us-east-1', 'us-east-1'],
      ['eu-west-1', 'eu-west-1'],
      ['ap-southeast-2', 'ap-southeast-2'],
    ]);
  });

  it('has no condition where there is one data center', () => {
    const one = routing('us-east-1', []);
    one.resourceCountIs('AWS::Route53::HealthCheck', 0);
    expect([READS, WRITES].map((name) => at(record(one, name), 'HealthCheckId'))).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('a health check', () => {
  const asking = Object.values(
    routing('us-east-1', ['eu-west-1', 'ap-southeast-2']).findResources('AWS::Route53::HealthCheck'),
  )
    .map((check) => at(check, 'Properties.HealthCheckConfig'))
    .filter((config) => at(config, 'Type') !== 'CALCULATED');

  it('asks over TLS, by the name that the certificate is for', () => {
    expect(asking.map((config) => [at(config, 'Type'), at(config, 'Port'), at(config, 'EnableSNI')])).toEqual(
      asking.map(() => ['HTTPS', 443, true]),
    );
  });

  it('asks every ten seconds and believes three failures', () => {
    expect(asking.map((config) => [at(config, 'RequestInterval'), at(config, 'FailureThreshold')])).toEqual(
      asking.map(() => [10, 3]),
    );
  });

  it('for each mark is one that reads and writes share, for each is charged for', () => {
    const asked = asking.map((config) => String(at(config, 'ResourcePath')));
    expect([...asked].sort()).toEqual([
      '/promoted-mark/ap-southeast-2',
      '/promoted-mark/eu-west-1',
      '/readyz',
      '/writable',
    ]);
  });
});
