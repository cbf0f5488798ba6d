/** Types are checked by `tsc` apart; swc only strips them, so a run starts in seconds. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  globalSetup: '<rootDir>/test/support/set-up.ts',
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // A leaked process, timer or socket is a bug of ours: never force the exit.
  forceExit: false,
  testTimeout: 60_000,
  // Half of the tests wait for real servers most of the time: Jest's own default leaves a core idle.
  maxWorkers: '100%',
};
