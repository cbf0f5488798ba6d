import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

/** A graph of a construct’s metrics, as data. */
export interface Graph {
  readonly title: string;
  readonly metrics: readonly cloudwatch.IMetric[];
}

export interface DashboardProps {
  /** Rows of up to three graphs, from top to bottom. */
  readonly rows: readonly (readonly Graph[])[];
}

/** A data center on one page of CloudWatch. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const dashboard = new cloudwatch.Dashboard(this, 'Resource', { defaultInterval: Duration.hours(6) });
    props.rows.forEach((row) => {
      dashboard.addWidgets(
        ...row.map(
          ({ title, metrics }) =>
            new cloudwatch.GraphWidget({ title, left: [...metrics], width: 8, leftYAxis: { min: 0 } }),
        ),
      );
    });
  }
}
