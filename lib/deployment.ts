import type { App } from 'aws-cdk-lib';
import type { Region } from './regions';
import type { ScalingPlan } from './scaling-plan';
import type { Settings } from './settings';
import { AppStack } from './stacks/app-stack';
import { DataStack } from './stacks/data-stack';
import { EdgeStack } from './stacks/edge-stack';

/** Where CloudFront's certificates and firewalls must be, and so everything else at the edge. */
const EDGE_REGION: Region = 'us-east-1';

/**
 * Puts the plan's stacks into the app: of each data center what it keeps, and what serves; of all of them together what
 * stands before them. Stacks are named `<name>-<region>-data`, `<name>-<region>-app` and, with a domain, `<name>-edge`.
 */
export function deploy(app: App, settings: Settings, plan: ScalingPlan): void {
  const { name, domain, sandbox, alarmEmail, appEntry } = settings;
  const environment = <R extends Region>(region: R): { region: R; account?: string } => ({
    region,
    ...(settings.account === undefined ? {} : { account: settings.account }),
  });
  const shared = { plan, sandbox, deployment: name };
  const dataCenters = settings.regions.map((region) => {
    const env = environment(region);
    const edgeRegions = region === EDGE_REGION ? [] : [EDGE_REGION];
    const data = new DataStack(app, `${name}-${region}-data`, { ...shared, env, alarmEmail, edgeRegions });
    const serves = new AppStack(app, `${name}-${region}-app`, { ...shared, env, domain, appEntry, data });
    serves.addStackDependency(data);
    return { data, serves };
  });
  if (domain === undefined) {
    return;
  }
  const edge = new EdgeStack(app, `${name}-edge`, {
    ...shared,
    env: environment(EDGE_REGION),
    appEntry,
    domain,
    primaryRegion: settings.regions[0],
  });
  for (const { data, serves } of dataCenters) {
    if (plan.cdn) {
      // CloudFront finds a load balancer by a name that need not be there yet, and must lead users, with a secret that
      // data stacks make, before any load balancer answers it alone.
      edge.addStackDependency(data);
      serves.addStackDependency(edge);
    } else {
      // Route 53 takes an alias only to a record that is there.
      edge.addStackDependency(serves);
    }
  }
}
