import type { App } from 'aws-cdk-lib';
import type { Region } from './regions';
import type { ScalingPlan } from './scaling-plan';
import type { Settings } from './settings';
import { AppStack } from './stacks/app-stack';
import { DataStack } from './stacks/data-stack';
import { EdgeStack } from './stacks/edge-stack';

/** Where CloudFront's certificates and firewalls must be, and so everything else at the edge. */
const EDGE_REGION = 'us-east-1';

/**
 * Puts the plan's stacks into the app, in the order in which they are deployed: of each data center what it keeps,
 * then what serves; of all of them together what stands before them. Stacks are named
 * `<name>-<region>-data`, `<name>-<region>-app` and `<name>-edge`.
 */
export function deploy(app: App, settings: Settings, plan: ScalingPlan): void {
  const { name, domain, sandbox, alarmEmail, appEntry } = settings;
  const environment = <R extends Region>(region: R): { region: R; account?: string } => ({
    region,
    ...(settings.account === undefined ? {} : { account: settings.account }),
  });
  const serving = settings.regions.map((region) => {
    const env = environment(region);
    const data = new DataStack(app, `${name}-${region}-data`, { env, plan, sandbox, alarmEmail });
    const serves = new AppStack(app, `${name}-${region}-app`, { env, plan, domain, appEntry, data });
    serves.addStackDependency(data);
    return serves;
  });
  if (domain !== undefined) {
    const edge = new EdgeStack(app, `${name}-edge`, {
      env: environment(EDGE_REGION),
      domain,
      primaryRegion: settings.regions[0],
    });
    // Route 53 takes an alias only to a record that is there.
    serving.forEach((stack) => {
      edge.addStackDependency(stack);
    });
  }
}
