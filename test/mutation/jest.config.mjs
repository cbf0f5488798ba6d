/** Jest as Stryker runs it, in a copy of this folder: no projects, no runner and no set-up of a run of ours; `run.ts` names the tests. */
import { fileURLToPath } from 'node:url';
import whole from '../../jest.config.mjs';

export default {
  rootDir: '../..',
  roots: ['<rootDir>/test'],
  testEnvironment: fileURLToPath(new URL('environment.cjs', import.meta.url)),
  transform: whole.projects[0].transform,
  // In the copy, which does not outlive the run.
  cacheDirectory: '<rootDir>/.jest-cache',
  testTimeout: whole.testTimeout,
};
