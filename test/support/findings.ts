/** What validation says of a context's templates: the CDK's own, which reads templates, and cdk-nag, which reads constructs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App,
  CloudFormationValidatePlugin,
  type IPolicyValidationPlugin,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/**
 * Lets the report be read where the CDK would throw, with errors as errors, and leaves it to {@link findings} whether the CDK's own
 * validation runs.
 */
export const REPORT_ONLY = {
  context: {
    '@aws-cdk/core:failSynthOnValidationErrors': false,
    '@aws-cdk/core:validateAgainstDefaultRules': true,
  },
  builtinCloudFormationValidation: false,
} as const;

/** A reason that somebody gave for not following a rule. */
export interface Acknowledgement {
  readonly path: string;
  readonly rule: string;
  readonly reason: string;
  /** It stands on an application or a whole stack, and so covers what nobody has looked at. */
  readonly sweeping: boolean;
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly description: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

/**
 * The CDK's own validation, as every synthesis has it. Made once: to read its rules takes four seconds, and it reads them again only
 * for a type of resource that it has not met.
 */
// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it is one; its `version` is not typed for exactOptionalPropertyTypes
const ITS_OWN = new CloudFormationValidatePlugin() as IPolicyValidationPlugin;

/** Synthesizes under the CDK's own rules (`fully`) and the AwsSolutions rules, and lists what nobody acknowledged, a line each: errors and warnings alike. */
export function findings(app: App, fully: boolean): readonly string[] {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), ...(fully ? [ITS_OWN] : []));
  app.synth();
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the CDK's own report
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
  return report.pluginReports.flatMap(({ pluginName, violations }) =>
    violations.flatMap(({ ruleName, description, violatingConstructs }) =>
      violatingConstructs.map(
        ({ constructPath }) => `${pluginName} ${ruleName} at ${constructPath ?? '?'}: ${description}`,
      ),
    ),
  );
}

/** Every acknowledgement in a construct tree. */
export function acknowledgements(app: App): readonly Acknowledgement[] {
  return app.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(reasons(data)))
      .map(([rule, reason]) => ({
        path: construct.node.path,
        rule,
        reason,
        sweeping: isSweeping(construct),
      })),
  );
}

function reasons(data: unknown): Readonly<Record<string, string>> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- what `acknowledge` records: rule → reason
  return data as Readonly<Record<string, string>>;
}

function isSweeping(construct: IConstruct): boolean {
  return App.isApp(construct) || Stack.isStack(construct);
}
