/** Whether the regions are enabled: newer ones are not until somebody enables them. */
import { DescribeRegionsCommand } from '@aws-sdk/client-ec2';
import { GLOBAL_REGION } from '../aws';
import { type Finding, ok, wrong } from '../finding';
import { EVERYWHERE, type Question } from '../question';
import { regionsOf } from '../wanted';

/** @param states region → EC2's word on whether this account has opted in, for every region there is */
export function judgeRegions(
  regions: readonly string[],
  states: ReadonlyMap<string, string>,
): readonly Finding[] {
  const disabled = regions.filter(
    (region) => !/^(opted-in|opt-in-not-required)$/.test(states.get(region) ?? ''),
  );
  return disabled.length === 0
    ? [ok(`${regions.join(', ')} enabled`)]
    : disabled.map((region) =>
        wrong(
          `${region} is not enabled`,
          'a region that this account may use; enabling takes minutes to hours',
          `aws account enable-region --region-name ${region}`,
        ),
      );
}

export const regions: Question = {
  title: 'regions',
  places: () => [EVERYWHERE],
  answer: async ({ aws, wanted }) => {
    const { Regions = [] } = await aws
      .ec2(GLOBAL_REGION)
      .send(new DescribeRegionsCommand({ AllRegions: true }));
    return judgeRegions(
      regionsOf(wanted),
      new Map(Regions.map(({ RegionName = '', OptInStatus = '' }) => [RegionName, OptInStatus])),
    );
  },
};
