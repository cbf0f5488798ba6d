/** Asks all questions at once, and gives every one of them an end. */
import { type Finding, unasked } from './finding';
import { EVERYWHERE, type Examination, type Question } from './question';
import { GLOBAL_REGION } from './aws';
import { reason } from './unanswered';

/** A finding, and what and where it is about. */
export interface Line extends Finding {
  readonly question: string;
  /** A region, or `account`. */
  readonly place: string;
}

/**
 * Every line, of the account first and then region by region, in the order of the questions.
 *
 * @param patienceMs how long all of it may take
 */
export async function examine(
  examination: Examination,
  questions: readonly Question[],
  patienceMs: number,
): Promise<readonly Line[]> {
  const late = new Promise<readonly Finding[]>((resolve) => {
    setTimeout(() => {
      resolve([unasked(`no answer within ${patienceMs / 1000} s`)]);
    }, patienceMs).unref();
  });
  const asked = questions.flatMap((question) =>
    question.places(examination).map(async (place) => {
      const region = place === EVERYWHERE ? GLOBAL_REGION : place;
      const findings = await Promise.race([answer(question, examination, region), late]);
      return findings.map((finding): Line => ({ question: question.title, place, ...finding }));
    }),
  );
  const lines = (await Promise.all(asked)).flat();
  const places = [...new Set([EVERYWHERE, ...lines.map(({ place }) => place)])];
  return places.flatMap((place) => lines.filter((line) => line.place === place));
}

async function answer(
  question: Question,
  examination: Examination,
  region: string,
): Promise<readonly Finding[]> {
  try {
    return await question.answer(examination, region);
  } catch (error) {
    return [unasked(reason(error))];
  }
}
