/** A plan as data. */
import { partsOf } from '../lib/capacity/cost/bill';
import type { Figure, Spread } from '../lib/capacity/figure';
import type { Judged, Plan } from '../lib/capacity/plan';
import { contextOf } from '../lib/capacity/planned';
import type { Report } from '../lib/capacity/report';

export function asJson(made: Plan, { command, sizes, says, notes }: Report): string {
  const { answer, load, saturation, habits, isEnough } = made;
  return JSON.stringify(
    {
      habits,
      enough: isEnough,
      ...judged(answer),
      settings: contextOf(made),
      command,
      sizes,
      load: {
        average: load.average.expected,
        requests: load.requests.expected,
        redirects: load.redirects.expected,
        creates: load.creates.expected,
        links: load.links.expected,
      },
      saturatesFirst: { part: saturation.part.id, users: saturation.users, months: saturation.months },
      rungs: made.rungs.map(judged),
      says: Object.fromEntries([...says, ...notes]),
    },
    undefined,
    2,
  );
}

function judged({ place, plan, regions, bill, atRest, availability, response, site, lacks }: Judged) {
  return {
    stage: place.stage,
    name: plan.stageName,
    without: place.without,
    regions,
    cost: bill.known
      ? {
          total: spread(bill.total),
          parts: Object.fromEntries(partsOf(bill.items).map((part) => [part.what, spread(part)])),
          atRest: atRest.known ? spread(atRest.total) : undefined,
          edgeByUse: bill.edgeByUse && spread(bill.edgeByUse),
          edgeFlatRate: bill.edgeFlatRate && spread(bill.edgeFlatRate),
        }
      : { unknown: bill.missing },
    utilisation: Object.fromEntries(site.parts.map(({ id, utilisation }) => [id, utilisation.expected])),
    availability: {
      reads: availability.reads.expected,
      writes: availability.writes.expected,
      all: availability.all.expected,
      paidBack: availability.paidBack.expected,
    },
    response: {
      p50: response.p50.expected,
      p99: response.p99.expected,
      refused: response.refused.expected,
      near: response.near.expected,
      far: response.far.expected,
    },
    lacks,
  };
}

function spread({ low, expected, high }: Figure): Spread {
  return { low, expected, high };
}
