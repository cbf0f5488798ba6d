#!/usr/bin/env node
/** The CDK app: reads the settings from the context, makes the plan and hands both over. */
import { App } from 'aws-cdk-lib';
import { noteCosts } from '../lib/cost-notes';
import { deploy } from '../lib/deployment';
import { Refusal } from '../lib/refusal';
import { planFor } from '../lib/scaling-plan';
import { sentence } from '../lib/settings/problem';
import { readSettings } from '../lib/settings/read';

// Synthesized below, and not by the CDK at the end of the process, whatever became of it.
const app = new App({ autoSynth: false });
// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- the CDK types its context as any
const context: Record<string, unknown> = app.node.getAllContext();
const result = readSettings(context);
if (result.ok) {
  try {
    deploy(app, result.settings, planFor(result.settings));
    noteCosts(app, result.settings);
    app.synth();
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    refuse(error.message);
  }
} else {
  refuse(result.problems.map(sentence).join('\n'));
}

function refuse(why: string): void {
  console.error(why);
  process.exitCode = 1;
}
