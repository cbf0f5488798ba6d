/** What all commands make of what they cannot understand. */
import { readCommandLine, readWholeNumber } from '../../local/command-line';

const OPTIONS = { stage: { type: 'string' }, json: { type: 'boolean', short: 'j' } } as const;

test('what is understood is what Node’s parseArgs makes of it', () => {
  const { values, positionals } = readCommandLine('npm start', {
    args: ['--stage', '3', '-j', 'stop'],
    options: OPTIONS,
    allowPositionals: true,
  });
  expect({ ...values, positionals }).toEqual({ stage: '3', json: true, positionals: ['stop'] });
});

test.each([
  ['--stge', "Unknown option '--stge'. Did you mean --stage? npm start -- --help lists the options."],
  ['--speed', "Unknown option '--speed'; npm start -- --help lists the options."],
  ['--stage', "Option '--stage <value>' argument missing; npm start -- --help lists the options."],
  ['stop', "Unexpected argument 'stop'; npm start -- --help lists the options."],
])('%s is refused by a sentence, with the nearest option where one is near', (word, sentence) => {
  expect(() => readCommandLine('npm start', { args: [word], options: OPTIONS })).toThrow(sentence);
});

test('a value that begins with a dash is refused by a sentence that says how it is given', () => {
  expect(() => readCommandLine('npm start', { args: ['--stage', '-5'], options: OPTIONS })).toThrow(
    '--stage has no value: what begins with a dash is an option, unless it is joined as --stage=-…; npm start -- --help',
  );
});

test.each([
  ['1', {}, 1],
  ['0', { from: 0 }, 0],
  ['16', { to: 16 }, 16],
])('%s is a whole number within %j', (text, range, value) => {
  expect(readWholeNumber('--servers', text, range)).toBe(value);
});

test.each([
  ['0', {}, '--servers 0: expected a whole number, 1 or more.'],
  ['17', { to: 16 }, '--servers 17: expected a whole number from 1 to 16.'],
  ['1.5', {}, '--servers 1.5: expected a whole number, 1 or more.'],
  ['', {}, '--servers : expected a whole number, 1 or more.'],
  ['1e3', {}, '--servers 1e3: expected a whole number, 1 or more.'],
])('%s is refused within %j', (text, range, sentence) => {
  expect(() => readWholeNumber('--servers', text, range)).toThrow(sentence);
});
