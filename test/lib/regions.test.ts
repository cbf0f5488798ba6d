import { networkRange, REGIONS } from '../../lib/regions';

describe('network ranges', () => {
  it('differ from region to region, so that any two can be peered', () => {
    expect(new Set(REGIONS.map(networkRange)).size).toBe(REGIONS.length);
  });

  // A changed range replaces the network and everything in it: new regions go to the end of the list.
  it.each([
    ['us-east-1', '10.0.0.0/16'],
    ['us-west-2', '10.3.0.0/16'],
    ['eu-west-1', '10.26.0.0/16'],
    ['sa-east-1', '10.33.0.0/16'],
  ] as const)('of %s stays %s', (region, range) => {
    expect(networkRange(region)).toBe(range);
  });
});
