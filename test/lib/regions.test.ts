import fc from 'fast-check';
import { networkRange, othersInRing, type Region, REGIONS } from '../../lib/regions';

describe('network ranges', () => {
  it('differ from region to region, so that any two can be peered', () => {
    expect(new Set(REGIONS.map(networkRange)).size).toBe(REGIONS.length);
  });

  // A changed range replaces the network and everything in it: new regions go to the end of the list.
  it.each([
    ['us-east-1', '10.0.0.0/16'],
    ['us-west-2', '10.3.0.0/16'],
    ['eu-west-1', '10.26.0.0/16'],
    // The places of regions that are refused stay free.
    ['ap-northeast-1', '10.7.0.0/16'],
    ['ca-central-1', '10.19.0.0/16'],
    ['me-central-1', '10.30.0.0/16'],
    ['sa-east-1', '10.33.0.0/16'],
  ] as const)('of %s stays %s', (region, range) => {
    expect(networkRange(region)).toBe(range);
  });
});

describe('the other regions', () => {
  /** The regions of a deployment, in their order. */
  const regions = fc.uniqueArray(fc.constantFrom<Region>(...REGIONS), { minLength: 1, maxLength: 5 });

  it('of a region are all but it, each once', () => {
    fc.assert(
      fc.property(regions, (all) => {
        expect(all.map((region) => [region, ...othersInRing(all, region)].sort())).toEqual(
          all.map(() => [...all].sort()),
        );
      }),
    );
  });

  it('of a region begin with the one after it, so that one handed on comes to all and back', () => {
    fc.assert(
      fc.property(regions, ([first, ...further]) => {
        const all = first === undefined ? [] : [first, ...further];
        const next = (region: Region | undefined) =>
          region === undefined ? undefined : (othersInRing(all, region)[0] ?? region);
        const visited = all.reduce<readonly (Region | undefined)[]>(
          (path) => [...path, next(path.at(-1))],
          [first],
        );
        expect(visited).toStrictEqual([...all, first]);
      }),
    );
  });

  it('come in the order of one ring from wherever one looks', () => {
    fc.assert(
      fc.property(regions, (all) => {
        const rings = all.map((region) => [region, ...othersInRing(all, region)]);
        expect(
          rings.map((ring) => ring.map((region) => ring[(ring.indexOf(region) + 1) % ring.length])),
        ).toEqual(rings.map((ring) => ring.map((region) => all[(all.indexOf(region) + 1) % all.length])));
      }),
    );
  });
});
