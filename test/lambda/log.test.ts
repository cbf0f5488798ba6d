/** What CloudWatch's JSON filters read: each line that a function writes is one whole object. */
import { log, withFields } from '../../lambda/log';

/** The lines on stdout while `write` runs. */
function linesOf(write: () => void): readonly string[] {
  const out = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  write();
  const text = out.mock.calls.map(([chunk]) => String(chunk)).join('');
  out.mockRestore();
  expect(text.endsWith('\n')).toBe(true);
  return text.split('\n').slice(0, -1);
}

test.each(['info', 'warn', 'error'] as const)(
  'a line of level %s is one whole JSON object on stdout',
  (level) => {
    const lines = linesOf(() => {
      log[level]({ poisonMessages: 2 }, 'Messages\ncannot be counted.');
    });
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { level, poisonMessages: 2, msg: 'Messages\ncannot be counted.' },
    ]);
  },
);

test('a log about one queue says so in each line, which filters tell apart', () => {
  const lines = linesOf(() => {
    const ofKafka = withFields(log, { queue: 'kafka' });
    ofKafka.info({}, 'one');
    ofKafka.warn({ failures: 1 }, 'two');
    ofKafka.error({ poisonMessages: 2 }, 'three');
  });
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    { level: 'info', queue: 'kafka', msg: 'one' },
    { level: 'warn', queue: 'kafka', failures: 1, msg: 'two' },
    { level: 'error', queue: 'kafka', poisonMessages: 2, msg: 'three' },
  ]);
});

test('it does not go through the console, to whose lines Lambda adds words of its own', () => {
  const consoles = (['log', 'info', 'warn', 'error'] as const).map((name) => jest.spyOn(console, name));
  linesOf(() => {
    log.info({}, 'one');
    log.warn({}, 'two');
    log.error({}, 'three');
  });
  expect(consoles.map(({ mock }) => mock.calls)).toEqual([[], [], [], []]);
});

test('an error says its name, its message and its code, and nothing else', () => {
  const err = Object.assign(new TypeError('no answer'), { code: 'ETIMEDOUT', secret: 'password' });
  const [line = ''] = linesOf(() => {
    log.error({ err }, 'It failed.');
  });
  expect(JSON.parse(line)).toMatchObject({
    err: { name: 'TypeError', message: 'no answer', code: 'ETIMEDOUT' },
  });
  expect(line).not.toContain('password');
});
