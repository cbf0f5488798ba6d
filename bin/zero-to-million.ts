#!/usr/bin/env node
/** The CDK app: reads the settings from the context, makes the plan and hands both over. */
import { App } from 'aws-cdk-lib';
import { deploy } from '../lib/deployment';
import { planFor } from '../lib/scaling-plan';
import { readSettings, sentence } from '../lib/settings';

const app = new App();
// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- the CDK types its context as any
const context: Record<string, unknown> = app.node.getAllContext();
const result = readSettings(context);
if (result.ok) {
  deploy(app, result.settings, planFor(result.settings));
  app.synth();
} else {
  console.error(result.problems.map(sentence).join('\n'));
  process.exitCode = 1;
}
