/** Which test runs which documented command. */

/** A command that another test runs already. */
export interface RunElsewhere {
  /** The test, or what CI runs. */
  readonly by: string;
  /** What of its text runs the command. */
  readonly there: string;
}

/** Every documented command that says nothing of what it needs, as people read it, but for `--help`. */
export const RUN_ELSEWHERE: Readonly<Record<string, readonly RunElsewhere[]>> = {
  'npm ci': [{ by: '.ci/run', there: 'npm ci\n' }],
  'npx cdk synth': [
    { by: 'test/templates/synthesis.test.ts', there: 'cdkSynth(stage(highest, DOMAIN))' },
    { by: '.ci/run', there: 'npx cdk synth' },
  ],
  'npm run check': [{ by: '.ci/run', there: 'npm run check\n' }],
  'npm run fix': [{ by: 'test/docs/commands.test.ts', there: "'run', '--silent', 'fix'" }],
  'npm test': [
    { by: 'test/runner/runner.test.ts', there: "'test/run.ts', '--config'" },
    { by: '.ci/run', there: 'npm test' },
  ],
  'npm test -- test/app': [{ by: 'test/runner/runner.test.ts', there: "run('passes')" }],
  'npm test -- -u test/snapshots': [
    { by: 'test/runner/runner.test.ts', there: "run('-w', '2', 'waits', 'passes')" },
  ],
  'npm test -- -u test/docs': [
    { by: 'test/docs/decisions.test.ts', there: 'writeFileSync(INDEX, written())' },
  ],
  'npm start': [{ by: 'test/local/rungs.test.ts', there: 'describeStage(1, ' }],
  'npm start -- --stage 5': [{ by: 'test/local/rungs.test.ts', there: 'describeStage(5, ' }],
  'npm start -- --stage 8': [{ by: 'test/local/rungs.test.ts', there: 'describeStage(8, ' }],
  'npm start -- --stage 8 --without data-centers': [
    { by: 'test/local/start.test.ts', there: "readCommand(['--stage', stage, '--without', without]" },
    { by: 'test/local/rehearse/rehearse.test.ts', there: "[8, ['data-centers'], " },
  ],
  'npm start -- --stage 8 --queue rabbitmq': [
    { by: 'test/local/queues.test.ts', there: "place.start('--stage', '8', '--queue', queue" },
  ],
  'npm start -- --stage 5 --detach': [{ by: 'test/local/start.test.ts', there: "dataDir, '--detach'" }],
  'npm start -- stop': [{ by: 'test/local/start.test.ts', there: "place.run('stop')" }],
  'PORT=8080 DATA_DIR=links npm start': [
    { by: 'test/local/start.test.ts', there: 'PORT: String(await freePort()), DATA_DIR' },
  ],
  'npm run doctor': [{ by: 'test/doctor/runs.test.ts', there: 'runByNpm({})' }],
  'npm run fuzz -- --seconds 600 --seed 7': [
    { by: 'test/fuzz/fuzz.test.ts', there: 'fuzz({ seed: randomInt(2 ** 31), seconds: 10 })' },
  ],
  'npm run plan -- --users 1000000': [
    { by: 'test/plan/command.test.ts', there: "planned('--users', '1000000'" },
  ],
  'npm run plan -- --users 1000000 --availability 99.95 --explain cost': [
    { by: 'test/plan/command.test.ts', there: "planned('--users', '1000000', '--availability', '99.95')" },
  ],
  'npm run docs': [
    { by: 'test/docs/generated.test.ts', there: 'generated()' },
    { by: 'test/climbing/documents.test.ts', there: 'documents()' },
    { by: 'test/documents/pictures.test.ts', there: 'svgs(DRAWN)' },
  ],
  'npm run diagrams': [{ by: 'test/documents/pictures.test.ts', there: 'svgs(DRAWN)' }],
};

/** A command that commands.test.ts runs. */
export interface RunHere {
  /** The same, where it takes long, in short. */
  readonly as?: string;
  readonly exitCode: number;
  /** What it prints, among other things. */
  readonly prints: RegExp;
}

export const RUN_HERE: Readonly<Record<string, RunHere>> = {
  'npm run plan -- --users 1000000': {
    exitCode: 0,
    prints: /^1,000,000 users a day: take rung 1 single-server\. One server would do\.$/m,
  },
  'npm run test:again -- 20': {
    as: 'npm run test:again -- 1 passes --config test/runner/tiny/jest.config.mjs',
    exitCode: 0,
    prints: /^1 of 1: 2 passed, 0 failed; the slowest took .*passes\.tiny\.ts$/m,
  },
  // They are not told what they need, and say so.
  'npm run plan': { exitCode: 2, prints: /users/ },
  'npm run release': { exitCode: 2, prints: /^Usage: npm run release -- VERSION$/m },
};
