/** The smallest CDK app that deploys something: what synthesis costs before this project adds anything. */
import { App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';

const app = new App();
new Queue(new Stack(app, 'OneQueue'), 'Queue');
app.synth();
