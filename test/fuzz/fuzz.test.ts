import { randomInt } from 'node:crypto';
import { readAnswers } from './answers';
import { fuzz } from './fuzz';
import { createRandom } from './random';

/** In MB: caches of ten thousand codes and clients fill, and are then full. */
const MAY_GROW_MB = 32;

test('ten seconds of broken requests, with valid ones between: no wrong redirect, no 5xx, and memory stays', async () => {
  // To see a failure again: npm run fuzz -- --seed N
  const { wrong, grownMegabytes, redirects, links } = await fuzz({ seed: randomInt(2 ** 31), seconds: 10 });
  expect(wrong).toEqual([]);
  expect(grownMegabytes).toBeLessThan(MAY_GROW_MB);
  expect(Math.min(redirects, links)).toBeGreaterThan(20);
});

test('the same seed makes the same choices, another one others', () => {
  const choices = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => random.below(1_000));
  };
  expect(choices(7)).toEqual(choices(7));
  expect(choices(7)).not.toEqual(choices(8));
});

test('answers are told apart as they follow each other, and what is no answer is left', () => {
  const one = 'HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok';
  const two = 'HTTP/1.1 302 Found\r\nLocation: https://a.example/\r\n\r\n';
  const { answers, left } = readAnswers(`HTTP/1.1 100 Continue\r\n\r\n${one}${two}HTTP/1.1 200 OK\r\n`);
  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [201, 'ok'],
    [302, ''],
  ]);
  expect(answers[1]?.headers.get('location')).toBe('https://a.example/');
  expect(left).toBe('HTTP/1.1 200 OK\r\n');
});
