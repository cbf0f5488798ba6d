/** The tests' own configuration, for a handful of tests that the test of the runner runs. */
import { fileURLToPath } from 'node:url';
import configuration from '../../../jest.config.mjs';

const rootDir = fileURLToPath(new URL('../../..', import.meta.url));

/** A project of the configuration, with other tests. */
const project = (name, ...files) => ({
  ...configuration.projects.find(({ displayName }) => displayName === name),
  rootDir,
  testMatch: files.map((file) => `<rootDir>/test/runner/tiny/${file}.tiny.ts`),
});

export default {
  ...configuration,
  rootDir,
  projects: [project('application', 'runtime'), project('servers', 'passes', 'leaves', 'waits')],
};
