/**
 * Rejects where the work takes longer than that, in ms. Before it does, input that has already arrived is looked at, twice,
 * for an answer may take two turns to be understood: where this process was busy, the lateness is its own.
 */
export function withDeadline<Result>(work: Promise<Result>, milliseconds: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => setImmediate(reject, new Error(`no answer within ${milliseconds} ms`)));
    }, milliseconds);
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
