/** Folders of tests that wait for real servers most of the time; all others compute, most of them templates. */
const SERVERS = ['app', 'bench', 'data-centers', 'edge', 'lambda/click-worker', 'local', 'page', 'runner', 'server'];

/** Types are checked by `tsc` apart; swc only strips them, so a run starts in seconds. */
const SHARED = {
  roots: ['<rootDir>/test'],
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // Outlives a run, whose temporary folder does not.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  runner: '<rootDir>/test/support/runner.ts',
};

export default {
  projects: [
    {
      ...SHARED,
      displayName: 'servers',
      testMatch: SERVERS.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    {
      ...SHARED,
      displayName: 'templates',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: SERVERS.map((folder) => `<rootDir>/test/${folder}/`),
      setupFiles: ['<rootDir>/test/support/behind.ts'],
    },
  ],
  globalSetup: '<rootDir>/test/support/set-up.ts',
  // A leaked process, timer or socket is a bug of ours: never force the exit.
  forceExit: false,
  // As many as compute; test/support/runner.ts adds those that wait.
  maxWorkers: '100%',
  testTimeout: 60_000,
  reporters: ['default'],
};
