/** The tests' own configuration, for a handful of tests that the test of the runner runs. */
import { fileURLToPath } from 'node:url';
import configuration from '../../../jest.config.mjs';

const [servers] = configuration.projects;

const rootDir = fileURLToPath(new URL('../../..', import.meta.url));

export default {
  ...configuration,
  rootDir,
  projects: [{ ...servers, rootDir, testMatch: ['<rootDir>/test/runner/tiny/*.tiny.ts'] }],
};
