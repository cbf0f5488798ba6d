import fc from 'fast-check';
import { nearest } from '../../contract/nearest';

describe('the nearest word', () => {
  it.each([
    ['lod-balancer', 'load-balancer'],
    ['LOAD-BALANCER', 'load-balancer'],
    ['ca', 'cdn'],
    ['cashe', 'cache'],
  ])('to %s is %s', (word, meant) => {
    expect(nearest(word, ['load-balancer', 'cache', 'cdn'])).toBe(meant);
  });

  it('is none where too many letters differ', () => {
    expect(nearest('zebra', ['load-balancer', 'cache', 'cdn'])).toBeUndefined();
  });

  it('of a word is the word itself, where it is there', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) =>
        words.every((word) => nearest(word, words) === word),
      ),
    );
  });
});
