import { readCommand } from '../../bench/options';

describe('the bench’s command line', () => {
  test('measures every part where none is named', () => {
    expect(readCommand([])).toEqual({
      kind: 'parts',
      parts: ['synthesis', 'application', 'rungs', 'latency', 'growth', 'costs', 'clicks', 'queues'],
      rounds: undefined,
      json: false,
    });
  });

  test('measures every rung with --ladder', () => {
    expect(readCommand(['--ladder', '--html', 'ladder.html'])).toEqual({
      kind: 'ladder',
      options: {
        rungs: [1, 2, 3, 4, 5, 6, 7, 8].map((stage) => ({ stage, without: [] })),
        json: false,
        html: 'ladder.html',
      },
    });
  });

  test('measures the rungs that are named, from the lowest up', () => {
    expect(readCommand(['--ladder', '--stage', '8', '--stage', 'data-centers'])).toMatchObject({
      options: { rungs: [{ stage: 7 }, { stage: 8 }] },
    });
  });

  test('leaves out of each rung what is below it', () => {
    expect(readCommand(['--ladder', '--stage', '4,5', '--without', 'cache,4'])).toMatchObject({
      options: {
        rungs: [
          { stage: 4, without: [] },
          { stage: 5, without: ['database-replication'] },
        ],
      },
    });
  });

  test.each([
    [
      ['ladder'],
      'No such part: ladder. Expected synthesis, application, rungs, latency, growth, costs, clicks, queues.',
    ],
    [['--ladder', 'clicks'], '--ladder measures whole rungs: leave out clicks.'],
    [['--stage', '3'], '--stage belongs to --ladder.'],
    [['--html', 'x.html', 'clicks'], '--html belongs to --ladder.'],
    [
      ['--ladder', '--stage', '9'],
      'Stage 9, sharding, is on the ladder but this version does not build it yet.',
    ],
    [['--rounds', '0'], '--rounds 0: expected a whole number from 1 to 100.'],
    [['--ladder', '--rounds', '1'], '--rounds belongs to the parts: leave out --ladder.'],
    [['--rate', '3'], "Unknown option '--rate'; npm run bench -- --help lists the options."],
  ])('refuses %j with a sentence', (argv, sentence) => {
    expect(() => readCommand(argv)).toThrow(sentence);
  });
});
