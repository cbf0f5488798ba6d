/** An application of your own on a whole rung: `npx cdk synth --app 'npx tsx examples/own-application.ts'`. */
import { App } from 'aws-cdk-lib';
import { join } from 'node:path';
import { deployRung } from '../lib'; // in a project of your own: from 'zero-to-million'

const app = new App();

deployRung(app, {
  name: 'hello',
  stage: 'cache',
  // There is nothing of rung 1 to carry over, for it was never deployed.
  without: 'single-server',
  sandbox: true,
  // One HTTP server that keeps to docs/application-contract.md.
  appEntry: join(__dirname, 'hello-server.ts'),
  maxServers: 4,
});
