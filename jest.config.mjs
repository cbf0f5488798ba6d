/** Folders of tests of what servers and Lambda run: on their Node, in `npm test`, whatever runs the rest. */
const APPLICATION = ['app', 'lambda', 'server'];

/** Likewise, and so long that it has a worker when the others of the templates are done. */
const BOOT = 'server/boot.test.ts';

/** Folders of tests that start real servers and wait for them most of the time. */
const SERVERS = ['bench', 'data-centers', 'edge', 'local', 'page', 'runner'];

/** Packages that are loaded once a worker, not once a test file: see test/support/outside.cjs. */
const OUTSIDE = '(aws-cdk-lib|constructs|cdk-nag|@aws-cdk/[^/]+)/';

/** Types are checked by `tsc` apart; swc only strips them, so a run starts in seconds. */
const SHARED = {
  roots: ['<rootDir>/test'],
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
    [`/node_modules/${OUTSIDE}`]: '<rootDir>/test/support/outside.cjs',
  },
  transformIgnorePatterns: [`/node_modules/(?!${OUTSIDE})`],
  // Outlives a run, whose temporary folder does not.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  runner: '<rootDir>/test/support/runner.ts',
};

const below = (folder) => `<rootDir>/test/${folder}/`;

/** test/support/runner.ts says which projects run side by side, and with how many workers each. */
export default {
  projects: [
    {
      ...SHARED,
      displayName: 'application',
      testMatch: APPLICATION.map((folder) => `${below(folder)}**/*.test.ts`),
      testPathIgnorePatterns: [`<rootDir>/test/${BOOT}`],
    },
    { ...SHARED, displayName: 'boot', testMatch: [`<rootDir>/test/${BOOT}`] },
    {
      ...SHARED,
      displayName: 'servers',
      testMatch: SERVERS.map((folder) => `${below(folder)}**/*.test.ts`),
    },
    {
      // Whatever else there is computes, most of it templates.
      ...SHARED,
      displayName: 'templates',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [...APPLICATION, ...SERVERS].map(below),
      setupFiles: ['<rootDir>/test/support/behind.ts'],
    },
  ],
  globalSetup: '<rootDir>/test/support/set-up.ts',
  // A leaked process, timer or socket is a bug of ours: never force the exit.
  forceExit: false,
  // A worker that computes takes up to 2.5 s on a busy machine to give its memory back (measured); after 0.5 s Jest would call it a leak.
  workerGracefulExitTimeout: 10_000,
  maxWorkers: '100%',
  testTimeout: 60_000,
  reporters: ['default'],
};
