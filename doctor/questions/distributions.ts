/** Whether the account may make a CloudFront distribution, as far as that can be asked. */
import { paginateListDistributions } from '@aws-sdk/client-cloudfront';
import { GLOBAL_REGION } from '../aws';
import { type Finding, ok, unasked, wrong } from '../finding';
import { at, list, text } from '../json';
import { EVERYWHERE, type Question } from '../question';
import { regionsOf, type WantedResource } from '../wanted';
import { missing } from '../deployed';
import { allowedBy, judgeRoom, raising } from './limits';

const QUOTA = { service: 'cloudfront', code: 'L-24B04930' };

export interface Distribution {
  readonly id: string;
  /** The domains that it answers for. */
  readonly aliases: readonly string[];
}

/** An account that has one was allowed to; of any other, AWS says it only when one is made. */
export function judgeVerification(distributions: readonly Distribution[]): Finding {
  return distributions.length > 0
    ? ok('the account has made distributions before')
    : unasked(
        'whether AWS has verified this account for CloudFront shows only when the first distribution is made ("Your account must be verified before you can add new CloudFront resources")',
        'ask AWS Support first if the account is new: https://console.aws.amazon.com/support/home#/case/create',
      );
}

/** Two distributions may not answer for one domain. */
export function judgeAliases(wanted: readonly string[], others: readonly Distribution[]): readonly Finding[] {
  return others.flatMap(({ id, aliases }) =>
    aliases
      .filter((alias) => wanted.includes(alias))
      .map((alias) =>
        wrong(
          `distribution ${id} answers for ${alias}`,
          'a domain that no other distribution has',
          `take it away there: https://console.aws.amazon.com/cloudfront/v4/home#/distributions/${id}`,
        ),
      ),
  );
}

export const distributions: Question = {
  title: 'CloudFront',
  places: ({ plan }) => (plan.cdn ? [EVERYWHERE] : []),
  answer: async ({ aws, deployed, wanted }) => {
    const all: Distribution[] = [];
    const pages = paginateListDistributions({ client: aws.cloudFront(GLOBAL_REGION) }, {});
    const [there, allowed] = await Promise.all([
      Promise.all(regionsOf(wanted).map(deployed)),
      allowedBy(aws, GLOBAL_REGION, QUOTA),
      (async () => {
        for await (const { DistributionList } of pages) {
          all.push(
            ...(DistributionList?.Items ?? []).map(({ Id = '', Aliases }) => ({
              id: Id,
              aliases: Aliases?.Items ?? [],
            })),
          );
        }
      })(),
    ]);
    const toMake = missing(
      there.flat(),
      wanted.resources.filter(({ type }) => type === 'AWS::CloudFront::Distribution'),
    );
    return [
      judgeVerification(all),
      judgeRoom({
        allowed,
        used: all.length,
        needed: toMake.length,
        purpose: 'the distribution',
        raise: raising(GLOBAL_REGION, QUOTA),
      }),
      // One that stands answers for its own domain.
      ...judgeAliases(toMake.flatMap(aliasesOf), all),
    ];
  },
};

function aliasesOf({ properties }: WantedResource): readonly string[] {
  return list(at(properties, 'DistributionConfig.Aliases')).flatMap((alias) => text(alias) ?? []);
}
