import {
  type CloudAssembly,
  at,
  type Located,
  list,
  referenced,
  resources,
} from '../../support/cloud-assembly';

/** Metrics that two deployments in one account would share, and each take the other's for its own, a line each. */
export function sharedMetrics(assembly: CloudAssembly): readonly string[] {
  return [
    ...resources(assembly, 'AWS::Logs::MetricFilter').flatMap((filter) =>
      list(filter.properties['MetricTransformations']).flatMap((transformation) =>
        shared(
          assembly,
          filter,
          [at(transformation, 'MetricNamespace'), at(transformation, 'MetricName')],
          [],
        ),
      ),
    ),
    ...resources(assembly, 'AWS::CloudWatch::Alarm').flatMap((alarm) =>
      [alarm.properties, ...list(alarm.properties['Metrics']).map((query) => at(query, 'MetricStat.Metric'))]
        .filter((metric) => at(metric, 'MetricName') !== undefined)
        .flatMap((metric) =>
          shared(
            assembly,
            alarm,
            [at(metric, 'Namespace'), at(metric, 'MetricName')],
            list(at(metric, 'Dimensions')).map((dimension) => at(dimension, 'Value')),
          ),
        ),
    ),
    ...resources(assembly, 'AWS::CloudWatch::Dashboard').flatMap((dashboard) =>
      metricsShownOn(dashboard).flatMap(([namespace, name, ...dimensions]) =>
        shared(assembly, dashboard, [namespace, name], dimensions),
      ),
    ),
    ...resources(assembly, 'AWS::WAFv2::WebACL').flatMap((firewall) =>
      shared(assembly, firewall, ['AWS/WAFV2', at(firewall.properties, 'VisibilityConfig.MetricName')], []),
    ),
    ...resources(assembly, 'AWS::IAM::Policy', 'AWS::IAM::Role').flatMap((policy) =>
      list(at(policy.properties, 'PolicyDocument.Statement'))
        .filter((statement) => list(at(statement, 'Action')).includes('cloudwatch:PutMetricData'))
        .flatMap((statement) =>
          shared(
            assembly,
            policy,
            [at(at(statement, 'Condition.StringEquals'), 'cloudwatch:namespace'), 'any metric'],
            [],
          ),
        ),
    ),
  ];
}

/** A metric is its deployment's own where its namespace or name says which that is, or a dimension refers to a part of it or to its stack. */
function shared(
  assembly: CloudAssembly,
  { name, stack }: Located,
  metric: readonly [namespace: unknown, name: unknown],
  dimensions: readonly unknown[],
): readonly string[] {
  const carries = [...metric, ...dimensions].some(
    (part) =>
      carriesNameOf(stack, part) ||
      JSON.stringify(part).includes('"AWS::StackId"') ||
      referenced(assembly, stack, part).length > 0 ||
      String(part).includes(REFERENCE),
  );
  return carries ? [] : [`${name} shares ${metric.map(String).join(' ')} with other deployments`];
}

/** Stacks are called `<deployment>-…`: a part of `ZeroToMillion/<deployment>` or `<deployment>-Firewall` is that. */
function carriesNameOf(stack: string, part: unknown): boolean {
  return (
    typeof part === 'string' &&
    [part.replace(/^ZeroToMillion\//, ''), part.replace(/-Firewall$/, '')].some(
      (deployment) => deployment !== part && stack.startsWith(`${deployment}-`),
    )
  );
}

const REFERENCE = '<reference>';

/** A dashboard is a text of JSON with references in it. */
function metricsShownOn({ properties }: Located): readonly (readonly unknown[])[] {
  const [, parts] = list(at(properties['DashboardBody'], 'Fn::Join'));
  const text = list(parts ?? properties['DashboardBody'])
    .map((part) => (typeof part === 'string' ? part : REFERENCE))
    .join('');
  const body: unknown = JSON.parse(text);
  return list(at(body, 'widgets')).flatMap((widget) =>
    list(at(widget, 'properties.metrics'))
      .map(list)
      // What is computed from others has no name of its own.
      .filter(([namespace]) => typeof namespace === 'string'),
  );
}
