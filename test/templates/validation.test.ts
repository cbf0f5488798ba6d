/** The CDK's own template validation and cdk-nag's AwsSolutions rules, at every rung. */
import { setFlagsFromString } from 'node:v8';
import { Stack, Validations } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { withApp } from '../support/application';
import { type Acknowledgement, REPORT_ONLY, acknowledgements, findings } from '../support/findings';
import { BROKERS, circumstances, DOMAIN, RUNGS, stage, titled } from '../support/rungs';
import { SHORT_LIVED } from '../support/runtime';
import { type Context, withApplication } from '../support/synthesize';

// Before the CDK's validation is loaded.
SHORT_LIVED.forEach(setFlagsFromString);

/** From the highest down: the CDK's validation has then met what lower ones have. */
const rungs = [...RUNGS].reverse().flatMap((rung) =>
  // Other regions change only names that a policy mentions: they are looked at where there is the most of them.
  circumstances(rung)
    .filter(({ context }) => context['regions'] === undefined || rung === RUNGS.at(-1))
    .map(({ title, context }) => ({
      title: `rung ${titled(rung)} ${title}`,
      context: stage(rung, context),
      // The CDK's own validation takes seconds: once a rung, where the rung has the most in it.
      fully: context === DOMAIN,
    })),
);

const cases = [
  { ...BROKERS.production, title: `rung ${BROKERS.production.title}`, fully: true },
  { ...BROKERS.sandbox, title: `rung ${BROKERS.sandbox.title}`, fully: false },
  ...rungs,
];

const fullest = cases.filter(({ fully }) => fully);

/** Shorter than this is a label and no reason. */
const SHORTEST_REASON = 40;

const memo = new Map<Context, Judgement>();

interface Judgement {
  readonly findings: readonly string[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** What is found in the templates of a case, and what is acknowledged; asked once, for it takes the longest of all proofs. */
function judged({ context, fully }: (typeof cases)[number]): Judgement {
  const known = memo.get(context);
  if (known) return known;
  const made = withApplication(context, REPORT_ONLY, (app) => ({
    acknowledgements: acknowledgements(app),
    findings: findings(app, fully),
  }));
  memo.set(context, made);
  return made;
}

const isOfNag = (line: string): boolean => line.startsWith('AwsSolutions ');

describe('validation', () => {
  it.each(cases)('by cdk-nag finds nothing at $title', (one) => {
    expect(judged(one).findings.filter(isOfNag)).toEqual([]);
  });

  it.each(fullest)('by the CDK itself finds nothing at $title', (one) => {
    expect(judged(one).findings.filter((line) => !isOfNag(line))).toEqual([]);
  });

  it('finds a bad bucket and a bad property', () => {
    const found = withApp(REPORT_ONLY, (app) => {
      new CfnBucket(new Stack(app, 'Bad'), 'Bucket').addPropertyOverride('Bogus', true);
      return findings(app, true);
    });
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^AwsSolutions AwsSolutions-S1 at Bad\/Bucket/),
        expect.stringMatching(/^CloudFormation Validate \w+ at Bad\/Bucket/),
      ]),
    );
  });

  it('hears of an acknowledgement on a whole stack, and of one without a reason', () => {
    const found = withApp({}, (app) => {
      Validations.of(new Stack(app, 'Bad')).acknowledge({ id: 'AwsSolutions-S1', reason: 'ok' });
      return acknowledgements(app);
    });
    expect(found.map(({ path, reason, sweeping }) => [path, reason, sweeping])).toEqual([
      ['Bad', 'ok', true],
    ]);
  });
});

describe('acknowledgements', () => {
  it.each(cases)('stand on constructs, never on a stack, at $title', (one) => {
    expect(judged(one).acknowledgements.filter(({ sweeping }) => sweeping)).toEqual([]);
  });

  it.each(cases)('give a reason at $title', (one) => {
    expect(judged(one).acknowledgements.filter(({ reason }) => reason.length < SHORTEST_REASON)).toEqual([]);
  });
});
