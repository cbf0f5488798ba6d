/** Records that stand where the deployment would make its own. */
import { ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import { GLOBAL_REGION } from '../aws';
import { missing } from '../deployed';
import { type Finding, ok, wrong } from '../finding';
import { at, text } from '../json';
import { EVERYWHERE, type Examination, type Question } from '../question';
import { regionsOf, type WantedResource } from '../wanted';

/** A record as far as it can be in another's way. */
export interface DnsRecord {
  /** Without the last dot. */
  readonly name: string;
  readonly type: string;
  /** What tells it from others of its name and type; undefined where it stands alone. */
  readonly setIdentifier: string | undefined;
}

/** A record that is there, with all that Route 53 must be told to delete it. */
export interface ExistingRecord extends DnsRecord {
  readonly whole: ResourceRecordSet;
}

/** Whether Route 53 refuses the one beside the other. */
export function collides(wanted: DnsRecord, there: DnsRecord): boolean {
  if (wanted.name !== there.name) {
    return false;
  }
  if (wanted.type !== there.type) {
    // A name that stands for another has nothing else.
    return wanted.type === 'CNAME' || there.type === 'CNAME';
  }
  return (
    wanted.setIdentifier === undefined ||
    there.setIdentifier === undefined ||
    wanted.setIdentifier === there.setIdentifier
  );
}

/**
 * @param toMake records that the deployment has yet to make
 * @param own those that it has made
 * @param there all records of these names
 */
export function judgeRecords(
  hostedZoneId: string,
  toMake: readonly DnsRecord[],
  own: readonly DnsRecord[],
  there: readonly ExistingRecord[],
): readonly Finding[] {
  const foreign = there.filter((record) => !own.some((one) => same(one, record)));
  const inTheWay = foreign.filter((record) => toMake.some((wanted) => collides(wanted, record)));
  return inTheWay.length === 0
    ? [ok(`nothing stands where ${names([...toMake, ...own])} go`)]
    : inTheWay.map((record) =>
        wrong(
          `${record.name} has another ${record.type} record, not of this deployment`,
          'no such record; what it leads to must not be in use any more',
          deletion(hostedZoneId, record.whole),
        ),
      );
}

function same(a: DnsRecord, b: DnsRecord): boolean {
  return a.name === b.name && a.type === b.type && a.setIdentifier === b.setIdentifier;
}

function names(records: readonly DnsRecord[]): string {
  return [...new Set(records.map(({ name }) => name))].join(', ');
}

function deletion(hostedZoneId: string, record: ResourceRecordSet): string {
  const batch = JSON.stringify({ Changes: [{ Action: 'DELETE', ResourceRecordSet: record }] });
  return `aws route53 change-resource-record-sets --hosted-zone-id ${hostedZoneId} --change-batch '${batch}'`;
}

export const records: Question = {
  title: 'records',
  places: ({ settings }) => (settings.domain === undefined ? [] : [EVERYWHERE]),
  answer: async (examination) => {
    const { settings, wanted } = examination;
    const all = wanted.resources.filter(({ type }) => type === 'AWS::Route53::RecordSet');
    const toMake = (
      await Promise.all(
        regionsOf(wanted).map(async (region) =>
          missing(
            await examination.deployed(region),
            all.filter((record) => record.region === region),
          ),
        ),
      )
    ).flat();
    const hostedZoneId = settings.domain?.hostedZoneId ?? '';
    const there = await Promise.all(
      [...new Set(all.map((record) => asRecord(record).name))].map((name) =>
        recordsOf(examination, hostedZoneId, name),
      ),
    );
    return judgeRecords(
      hostedZoneId,
      toMake.map(asRecord),
      all.filter((record) => !toMake.includes(record)).map(asRecord),
      there.flat(),
    );
  },
};

function asRecord({ properties }: WantedResource): DnsRecord {
  return {
    name: text(at(properties, 'Name')) ?? '',
    type: text(at(properties, 'Type')) ?? '',
    setIdentifier: text(at(properties, 'SetIdentifier')),
  };
}

/** A name has fewer records than one page holds: a few types, and one a region where there are several. */
async function recordsOf(
  { aws }: Examination,
  HostedZoneId: string,
  name: string,
): Promise<readonly ExistingRecord[]> {
  const { ResourceRecordSets = [] } = await aws
    .route53(GLOBAL_REGION)
    .send(new ListResourceRecordSetsCommand({ HostedZoneId, StartRecordName: name, MaxItems: 100 }));
  return ResourceRecordSets.map((whole) => ({
    name: (whole.Name ?? '').replace(/\.$/, ''),
    type: whole.Type ?? '',
    setIdentifier: whole.SetIdentifier,
    whole,
  })).filter((record) => record.name === name);
}
