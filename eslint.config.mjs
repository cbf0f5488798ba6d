import comments from '@eslint-community/eslint-plugin-eslint-comments/configs';
import { importX } from 'eslint-plugin-import-x';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/**
 * The import rules (docs/decisions/architecture/imports-go-one-way.md): one line a folder, with all that it may NOT import.
 * bin → deployment → stacks → constructs → aws-cdk-lib; routes → services → adapters;
 * app, lambda, server and lib share `contract` and nothing else.
 */
const PROGRAMS = ['bin', 'lambda', 'app', 'server', 'local', 'bench', 'doctor', 'plan', 'test'].map(
  (folder) => `./${folder}`,
);

/** The folders of programs but one's own, and what else is named. */
const othersThan = (folder, ...more) => [...PROGRAMS.filter((program) => program !== folder), ...more];

const forbidden = [
  ['./contract', [...PROGRAMS, './lib', './node_modules']],
  ['./app', othersThan('./app', './lib')],
  ['./lambda', othersThan('./lambda', './lib')],
  ['./server', othersThan('./server', './lib')],
  ['./lib', PROGRAMS],
  ['./bin', othersThan('./bin', './lib/stacks', './lib/constructs')],
  [
    './lib/constructs',
    [
      './lib/stacks',
      './lib/settings.ts',
      './lib/settings',
      './lib/deployment.ts',
      './lib/scaling-plan.ts',
      './lib/capacity',
    ],
  ],
  // As others use it: the library's own entry and nothing behind it.
  ['./examples', [...PROGRAMS, './lib/stacks', './lib/constructs', './lib/capacity']],
  ['./lib/stacks', ['./lib/deployment.ts', './lib/capacity']],
  ['./lib/capacity', ['./lib/stacks', './lib/constructs', './lib/deployment.ts', './lib/settings']],
  ['./lib/deployment.ts', ['./lib/constructs']],
  ['./app/adapters', ['./app/services', './app/routes', './app/app.ts', './app/server.ts']],
  ['./app/services', ['./app/routes', './app/app.ts', './app/server.ts']],
  ['./app/routes', ['./app/adapters', './app/app.ts', './app/server.ts']],
  ['./local', ['./bench', './doctor', './plan', './test']],
  ['./bench', ['./doctor', './plan', './test']],
  // It asks the model, which knows no stack and no construct.
  ['./plan', othersThan('./plan', './lib/stacks', './lib/constructs', './lib/deployment.ts')],
  // It reads the templates that bin makes, so it needs to know no stack and no construct. `allowed` has its one way to ./local.
  [
    './doctor',
    othersThan('./doctor', './lib/stacks', './lib/constructs', './lib/deployment.ts', './lib/capacity'),
  ],
];

/** What a folder may reach in a forbidden one all the same. */
const allowed = {
  './contract': {
    './node_modules': [
      '@aws-sdk/client-secrets-manager',
      '@smithy/signature-v4',
      'kafka-ts',
      'rabbitmq-client',
      'valibot',
    ],
  },
  // The same worker, in another's place than Lambda's.
  './server': { './lambda': ['./click-worker', './log.ts'] },
  './doctor': { './local': ['./command-line.ts'] },
  './plan': { './local': ['./command-line.ts'] },
};

const zones = forbidden.flatMap(([target, from]) =>
  from.map((folder) => ({
    target,
    from: folder,
    except: allowed[target]?.[folder] ?? [],
    message: `${target} may not import ${folder}: see docs/decisions/architecture/imports-go-one-way.md.`,
  })),
);

export default tseslint.config(
  { ignores: ['cdk.out/**', 'node_modules/**', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      comments.recommended,
    ],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js'] } } },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      // A cast needs `eslint-disable-next-line … -- why`: the reason stands beside it.
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'AbortSignal',
          property: 'any',
          message: 'It forgets: use endedBy of contract/ended-by.ts.',
        },
      ],
      // CDK constructs are made for their effect on the tree.
      'no-new': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@eslint-community/eslint-comments/require-description': 'error',
      '@eslint-community/eslint-comments/no-unused-disable': 'error',
    },
  },
  {
    // The model runs in browsers, too (docs/ladder.html).
    files: ['lib/capacity/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['node:*', 'aws-cdk-lib*', 'constructs'] }] },
  },
  {
    files: ['test/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      // Each leaves a folder in the temporary folder for ever.
      'no-restricted-syntax': [
        'error',
        ...["NewExpression[callee.name='App']", "NewExpression[callee.name='Stack'][arguments.length=0]"].map(
          (selector) => ({ selector, message: 'Use withApp or resolved of test/support/application.ts.' }),
        ),
      ],
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', '*.hasResource*', '*.resource*', 'fc.assert'] },
      ],
      'jest/no-disabled-tests': 'error',
      'jest/no-focused-tests': 'error',
    },
  },
);
