import type { App } from 'aws-cdk-lib';
import { othersInRing, REGIONS, type Region, zonesIn } from './regions';
import { planForFurther, type ScalingPlan } from './scaling-plan';
import { partsOf, type Settings } from './settings';
import { AppStack } from './stacks/app-stack';
import type { DataStackProps } from './stacks/data-stack';
import { EdgeStack } from './stacks/edge-stack';
import { PrimaryDataStack } from './stacks/primary-data-stack';
import { ReplicaDataStack } from './stacks/replica-data-stack';

/** Where CloudFront's certificates and firewalls must be, and so everything else at the edge. */
const EDGE_REGION: Region = 'us-east-1';

/**
 * Puts the plan's stacks into the app: of each data center what it keeps, and what serves; of all of them together what
 * stands before them. Stacks are named `<name>-<region>-data`, `<name>-<region>-app` and, with a domain, `<name>-edge`.
 */
export function deploy(app: App, settings: Settings, plan: ScalingPlan): void {
  const { name, domain, sandbox, alarmEmail, appEntry, allowRemoval } = settings;
  const environment = <R extends Region>(region: R): { region: R; account?: string } => ({
    region,
    ...(settings.account === undefined ? {} : { account: settings.account }),
  });
  const shared = { sandbox, deployment: name };
  const dataStackProps = (region: Region): Omit<DataStackProps, 'plan' | 'dependentStacks'> => ({
    ...shared,
    env: environment(region),
    zones: zonesIn(region, settings.zones),
    alarmEmail,
    guard: { parts: partsOf(settings), allowRemoval, regions: REGIONS },
  });
  const appStackName = (region: Region) => ({ name: `${name}-${region}-app`, region });
  const [firstRegion, ...furtherRegions] = settings.regions;
  const first = new PrimaryDataStack(app, `${name}-${firstRegion}-data`, {
    ...dataStackProps(firstRegion),
    plan,
    replicaRegions: furtherRegions,
    edgeRegion: EDGE_REGION,
    dependentStacks: [
      appStackName(firstRegion),
      ...(domain === undefined ? [] : [{ name: `${name}-edge`, region: EDGE_REGION }]),
    ],
  });
  const further = furtherRegions.map((region, place) => {
    const data = new ReplicaDataStack(app, `${name}-${region}-data`, {
      ...dataStackProps(region),
      plan: planForFurther(plan),
      dependentStacks: [appStackName(region)],
      primary: first,
      domainName: domain?.name,
      otherRegions: othersInRing(settings.regions, region),
      // One alone: two that went by the same alarm would both take the place.
      automaticPromotion: plan.automaticPromotion && place === 0,
    });
    // It replicates what must be there.
    data.addStackDependency(first);
    return { region, data };
  });
  further.slice(1).forEach(({ data }, place) => {
    // One after the other: each copies the same database.
    data.addStackDependency(further[place]?.data ?? first);
  });
  const serving = [{ region: firstRegion, data: first }, ...further].map(({ region, data }) => {
    const serves = new AppStack(app, `${name}-${region}-app`, {
      ...shared,
      env: environment(region),
      plan: data === first ? plan : planForFurther(plan),
      domain,
      appEntry,
      data,
      otherRegions: othersInRing(settings.regions, region),
    });
    serves.addStackDependency(data);
    return serves;
  });
  const [firstServing, ...furtherServing] = serving;
  furtherServing.forEach((serves) => {
    // The first data center's servers make the tables that a replica's servers wait for.
    serves.addStackDependency(firstServing ?? first);
  });
  if (domain === undefined) {
    return;
  }
  const edge = new EdgeStack(app, `${name}-edge`, {
    ...shared,
    env: environment(EDGE_REGION),
    plan,
    appEntry,
    domain,
    regions: settings.regions,
  });
  if (plan.cdn) {
    // CloudFront finds load balancers by names that need not be there yet, and must lead users, with a secret that the
    // first data stack makes, before any load balancer answers it alone.
    [first, ...further.map(({ data }) => data)].forEach((data) => {
      edge.addStackDependency(data);
    });
    serving.forEach((serves) => {
      serves.addStackDependency(edge);
    });
  } else {
    // Route 53 takes an alias only to a record that is there.
    serving.forEach((serves) => {
      edge.addStackDependency(serves);
    });
  }
}
