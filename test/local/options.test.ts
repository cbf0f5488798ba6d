/** Options that several commands of the laboratory take. */
import { describeOptions, readOptions, readRungs, type Command } from '../../local/options';

const COMMAND: Command = {
  name: 'npm run anything',
  options: {
    stage: 'which rungs',
    without: 'what is left out',
    queue: 'which one',
    fault: 'only this one',
    short: 'a little\nof it',
  },
};

function rungs(...argv: readonly string[]) {
  return readRungs(readOptions(COMMAND, argv).values);
}

test('without a stage all rungs are meant', () => {
  expect(rungs().map(({ stage }) => stage)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('stages are numbers or names, in lists or one by one, and come from the lowest up', () => {
  const stages = rungs('--stage', '5,load-balancer', '--stage', '4').map(({ stage }) => stage);
  expect(stages).toEqual([3, 4, 5]);
});

test('a rung is without what is below it alone', () => {
  expect(rungs('--stage', '7,8', '--without', 'data-centers').map(({ without }) => without)).toStrictEqual([
    [],
    ['data-centers'],
  ]);
});

test('a kind of queue is that of those rungs that have one', () => {
  expect(rungs('--stage', '6,8', '--queue', 'kafka').map(({ queue }) => queue)).toStrictEqual([
    undefined,
    'kafka',
  ]);
});

test.each([
  [['--queue', 'rabitmq'], '--queue rabitmq: expected one of sqs, rabbitmq, kafka. Did you mean rabbitmq?'],
  [['--queue', 'mq9'], '--queue mq9: expected one of sqs, rabbitmq, kafka.'],
  [
    ['--stage', '6,7', '--queue', 'kafka'],
    '--queue kafka: stage 7 has no queue; leave it out, or take stage 8,',
  ],
  [['--stage', '7', '--without', 'cdn'], 'cdn cannot be left out while data-centers is there'],
  [['--without', 'clouds'], '--without clouds: expected a number from 1 to 8, or one of single-server,'],
  [['--fault', 'server asleep'], '--fault server asleep: expected one of server killed, server frozen,'],
])('%j is refused with a sentence', (argv, sentence) => {
  expect(() => rungs(...argv)).toThrow(sentence);
});

test('the help has a line for each option, with what its value stands for', () => {
  expect(describeOptions(COMMAND)).toBe(
    [
      '  --stage N       which rungs',
      '  --without NAME  what is left out',
      '  --queue KIND    which one',
      '  --fault NAME    only this one',
      '  --short         a little',
      '                  of it',
    ].join('\n'),
  );
});
