/**
 * Waiting, by the field's formulas: M/M/c queues (Erlang's C), and the distribution of a sum of stays, as the gamma
 * distribution of the same mean and variance. Times in one unit, whichever it is; rates per that unit.
 */

/** Mean and variance of a time. */
export interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** The chance that all `servers` are busy when a request comes (Erlang's C); 1 where they cannot keep up. */
export function chanceToWait(servers: number, load: number): number {
  if (load >= servers) return 1;
  if (load <= 0) return 0;
  // Erlang's B by its recurrence, which neither overflows nor loses digits.
  let blocked = 1;
  for (let count = 1; count <= servers; count += 1) {
    blocked = (load * blocked) / (count + load * blocked);
  }
  return blocked / (1 - (load / servers) * (1 - blocked));
}

/**
 * How long a request stays at `servers` that serve `rate` requests together, each for `service` on average and
 * exponentially distributed; infinite where they cannot keep up.
 */
export function stay(servers: number, rate: number, service: number): Moments {
  const load = rate * service;
  if (load >= servers) return { mean: Infinity, variance: Infinity };
  const waits = chanceToWait(servers, load);
  /** Of those who wait: exponential, at the rate at which the queue is worked off. */
  const wait = service / (servers - load);
  return {
    mean: waits * wait + service,
    variance: waits * (2 - waits) * wait * wait + service * service,
  };
}

/**
 * How long a request stays at one of `processes` that are handed requests in turn, `rate` together: each has its own
 * queue, so some wait while others are idle, though less than by chance. GI/M/1 with Erlang-distributed arrivals, whose stay is
 * exponentially distributed (Kleinrock, Queueing Systems I, 6.3); infinite where they cannot keep up.
 */
export function stayInTurn(processes: number, rate: number, service: number): Moments {
  const load = (rate * service) / processes;
  if (load >= 1) return { mean: Infinity, variance: Infinity };
  /** The chance that a process is busy when its turn comes: the root below 1 of A*(μ(1 − σ)) = σ. */
  let busy = 0;
  for (let step = 0; step < 1000; step += 1) {
    const next = (processes * load) / (processes * load + 1 - busy);
    const raised = load === 0 ? 0 : next ** processes;
    if (Math.abs(raised - busy) < 1e-12) break;
    busy = raised;
  }
  const mean = service / (1 - busy);
  return { mean, variance: mean * mean };
}

/** One after the other, independently. */
export function after(...moments: readonly Moments[]): Moments {
  return {
    mean: moments.reduce((total, { mean }) => total + mean, 0),
    variance: moments.reduce((total, { variance }) => total + variance, 0),
  };
}

/** Some requests take one way and some another. */
export type Mixture = readonly { readonly share: number; readonly fixed: number; readonly time: Moments }[];

/** The share of a mixture that takes longer than `time`. */
export function shareSlower(mixture: Mixture, time: number): number {
  return mixture.reduce((total, way) => total + way.share * (1 - gammaCdf(time - way.fixed, way.time)), 0);
}

/** The time that a `share` of a mixture stays within; infinite where a way never ends. */
export function quantile(mixture: Mixture, share: number): number {
  if (mixture.some((way) => way.share > 0 && !Number.isFinite(way.time.mean))) return Infinity;
  let [low, high] = [0, 1];
  while (1 - shareSlower(mixture, high) < share) high *= 2;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    [low, high] = 1 - shareSlower(mixture, middle) < share ? [middle, high] : [low, middle];
  }
  return high;
}

/** The chance that a gamma-distributed time of those moments is at most `time`. */
function gammaCdf(time: number, { mean, variance }: Moments): number {
  if (time <= 0) return 0;
  if (!Number.isFinite(mean)) return 0;
  if (variance <= 0) return time >= mean ? 1 : 0;
  const shape = (mean * mean) / variance;
  return lowerGamma(shape, (time * mean) / variance);
}

/** The regularized lower incomplete gamma function: its series below shape + 1, its continued fraction above (Numerical Recipes, 6.2). */
export function lowerGamma(shape: number, x: number): number {
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape));
  if (x < shape + 1) {
    let term = 1 / shape;
    let total = term;
    for (let n = shape + 1; term > total * 1e-12; n += 1) {
      term *= x / n;
      total += term;
    }
    return front * total;
  }
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 1000; n += 1) {
    const a = -n * (n - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-12) break;
  }
  return 1 - front * h;
}

/** Lanczos' approximation, 15 digits. */
function logGamma(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const y = x - 1;
  const series = coefficients.reduce(
    (total, coefficient, place) => total + coefficient / (y + place + 1),
    0.9999999999998099,
  );
  const t = y + coefficients.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(series);
}
