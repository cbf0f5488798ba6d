/** The CDK's own template validation and cdk-nag's AwsSolutions rules, at every rung. */
import { Stack, Validations } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { REPORT_ONLY, acknowledgements, findings } from '../support/findings';
import { CIRCUMSTANCES, DOMAIN, RUNGS, stage, titled } from '../support/rungs';
import { withApp, withApplication } from '../support/synthesize';

const cases = RUNGS.flatMap((rung) =>
  CIRCUMSTANCES.map(({ title, context }) => ({
    title: `rung ${titled(rung)} ${title}`,
    context: stage(rung, context),
  })),
);

/** The CDK's own validation takes seconds: once a rung, where the rung has the most in it. */
const fullest = RUNGS.map((rung) => ({ title: `rung ${titled(rung)}`, context: stage(rung, DOMAIN) }));

/** Shorter than this is a label and no reason. */
const SHORTEST_REASON = 40;

describe('validation', () => {
  it.each(cases)('by cdk-nag finds nothing at $title', ({ context }) => {
    const props = { context: REPORT_ONLY, builtinCloudFormationValidation: false };
    expect(withApplication(context, props, findings)).toEqual([]);
  });

  it.each(fullest)('by the CDK itself finds nothing at $title', ({ context }) => {
    const found = withApplication(context, { context: REPORT_ONLY }, findings);
    expect(found.filter((line) => !line.startsWith('AwsSolutions '))).toEqual([]);
  });

  it('finds a bad bucket and a bad property', () => {
    const found = withApp({ context: REPORT_ONLY }, (app) => {
      new CfnBucket(new Stack(app, 'Bad'), 'Bucket').addPropertyOverride('Bogus', true);
      return findings(app);
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
  it.each(cases)('stand on constructs, never on a stack, at $title', ({ context }) => {
    expect(withApplication(context, {}, acknowledgements).filter(({ sweeping }) => sweeping)).toEqual([]);
  });

  it.each(cases)('give a reason at $title', ({ context }) => {
    const without = withApplication(context, {}, acknowledgements).filter(
      ({ reason }) => reason.length < SHORTEST_REASON,
    );
    expect(without).toEqual([]);
  });
});
