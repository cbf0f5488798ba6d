import { Duration } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';

/**
 * Requests a minute and server at which another is added: 1,000 a second, a twelfth of what one core of a developer's
 * machine served with a query for each (shared/FACTS.md), for the smallest server may use a fifth of its two cores
 * for long, a new one takes minutes to arrive, and load does not wait.
 */
const REQUESTS_PER_MINUTE = 60_000;

/** Lets the group follow the load: by requests, which rise first, and by CPU, which catches costly ones. */
export function followLoad(group: AutoScalingGroup): void {
  group.scaleOnRequestCount('Requests', { targetRequestsPerMinute: REQUESTS_PER_MINUTE });
  group.scaleOnCpuUtilization('Cpu', {
    targetUtilizationPercent: 60,
    estimatedInstanceWarmup: Duration.minutes(5),
  });
}
