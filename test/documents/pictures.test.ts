/** docs/pictures shows what today's templates say, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { altered, withProperties } from '../support/assemblies';
import { type CloudAssembly, type Located, resources } from '../support/cloud-assembly';
import { DOMAIN, RUNGS, stage, titled, withQueue } from '../support/rungs';
import { ROOT, synthesize } from '../support/synthesize';
import { whoIsReachedFromOutside, whoReachesWhom } from '../templates/reachability';
import { ladderPage } from './ladder/page';
import { type Card, everyCard, type Kind, type Picture, pictureOf } from './pictures/facts';
import { crosses, type Layout, overlap, type Rectangle } from './pictures/layout';
import { withLadder } from './readme-ladder';
import { type Drawing, drawings, layouts, svgs } from './pictures/pictures';

const FOLDER = join(ROOT, 'docs/pictures');
const DRAWN = drawings();
const PLACES = [
  ...RUNGS.map((rung) => ({ title: titled(rung), assembly: synthesize(stage(rung, DOMAIN)) })),
  ...(['rabbitmq', 'kafka'] as const).map((kind) => ({
    title: `message-queue with ${kind}`,
    assembly: synthesize(withQueue(kind, DOMAIN)),
  })),
];

let files: Awaited<ReturnType<typeof svgs>>;
let placed: readonly (readonly [Drawing, Layout])[];
beforeAll(async () => {
  files = await svgs(DRAWN);
  const found = await layouts(DRAWN);
  placed = DRAWN.flatMap((drawing, index) => {
    const layout = found[index];
    return layout === undefined ? [] : [[drawing, layout] as const];
  });
});

describe('docs/pictures', () => {
  it('has a picture of every rung, and of nothing else', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(DRAWN.map(({ file }) => file).sort());
  });

  it.each(DRAWN)('$file is current; npm run docs draws it anew', ({ file }) => {
    const drawn = files.find((one) => one.file === file)?.text;
    expect(readFileSync(join(FOLDER, file), 'utf8')).toBe(drawn);
  });
});

it('docs/ladder.html is current; npm run docs writes it anew', async () => {
  const page = readFileSync(join(ROOT, 'docs/ladder.html'), 'utf8');
  expect(page === (await ladderPage(DRAWN, files))).toBe(true);
});

it('README’s table of the ladder is current; npm run docs writes it anew', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  // Without what the formatter decides: the width of a table's columns.
  const words = (text: string): readonly string[] => text.split(/[\s-]+/).filter((word) => word !== '');
  expect(words(readme)).toEqual(words(withLadder(readme)));
});

/** Stores of data that no request of a user reaches, each with the reason. */
const NOT_ON_THE_WAY: readonly {
  readonly why: string;
  readonly is: (located: Located, assembly: CloudAssembly) => boolean;
}[] = [
  { why: 'logs are written and not read', is: ({ id }) => id.includes('AccessLogs') },
  {
    why: 'a mark of a promotion holds nothing: it is there or not',
    is: ({ properties }) => JSON.stringify(properties['BucketName'] ?? null).includes('-mark-'),
  },
  {
    why: 'what was on the volume was carried over',
    is: ({ resource }, assembly) =>
      resource.Type === 'AWS::EC2::Volume' && resources(assembly, 'AWS::RDS::DBInstance').length > 0,
  },
];

const STORES = [
  'AWS::RDS::DBInstance',
  'AWS::EC2::Volume',
  'AWS::EFS::FileSystem',
  'AWS::DynamoDB::Table',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::SQS::Queue',
  'AWS::AmazonMQ::Broker',
  'AWS::MSK::Cluster',
  'AWS::S3::Bucket',
];

const inRegion = (assembly: CloudAssembly, region: string): CloudAssembly =>
  new Map([...assembly].filter(([name]) => name.includes(region)));

/** What the table of reachability calls a card. */
const NAMES: Partial<Record<Kind, string>> = {
  users: 'internet',
  cdn: 'CloudFront',
  names: 'health checks',
  'load-balancer': 'load balancer',
  servers: 'servers',
  cache: 'cache',
  database: 'database',
  replicas: 'database',
  worker: 'click worker',
};

/** Arrows with ports as the lines of that table, for a region. */
function lines({ parts, arrows }: Picture, region: string): readonly string[] {
  // A broker is called by its title.
  const names = new Map(everyCard(parts).map(({ id, kind, title }) => [id, NAMES[kind] ?? title]));
  return arrows
    .filter(({ to, label }) => to.startsWith(region) && label?.startsWith('tcp '))
    .map(({ from, to, label = '' }) => {
      const ports = label.replace('tcp ', '').split(', ');
      const [caller, called] = [names.get(from), names.get(to)];
      return `${caller ?? from} → ${called ?? to}: ${ports.map((port) => `tcp ${port}`).join(', ')}`;
    });
}

const regionsOf = ({ parts }: Picture): readonly string[] =>
  parts.filter(({ kind }) => kind === 'region').map(({ id }) => id);

describe.each(PLACES)('the picture of $title', ({ assembly }) => {
  const picture = pictureOf(assembly);
  const cards = everyCard(picture.parts);

  it('shows every store of data that a request can reach', () => {
    const drawn = new Set(cards.flatMap((card) => card.resources));
    const missing = resources(assembly, ...STORES)
      .filter((located) => !NOT_ON_THE_WAY.some(({ is }) => is(located, assembly)))
      .map(({ name }) => name)
      .filter((name) => !drawn.has(name));
    expect(missing).toEqual([]);
  });

  it('shows every way in, with its ports', () => {
    const regions = regionsOf(picture);
    expect(regions.flatMap((region) => lines(picture, region))).toEqual(
      expect.arrayContaining(
        regions.flatMap((region) => [...whoIsReachedFromOutside(inRegion(assembly, region))]),
      ),
    );
    const distributions = resources(assembly, 'AWS::CloudFront::Distribution').length;
    expect(picture.arrows.filter(({ to }) => to === 'cdn')).toHaveLength(distributions);
  });

  it('has no arrow with ports that no security group opens', () => {
    const wrong = regionsOf(picture).flatMap((region) => {
      const allowed = whoReachesWhom(inRegion(assembly, region));
      return lines(picture, region).filter((line) => !allowed.includes(line));
    });
    expect(wrong).toEqual([]);
  });

  it('joins cards that it shows', () => {
    const ids = cards.map(({ id }) => id);
    expect(picture.arrows.filter(({ from, to }) => !ids.includes(from) || !ids.includes(to))).toEqual([]);
  });
});

const HIGHEST = synthesize(
  stage(
    RUNGS.find(({ name, without }) => name === 'message-queue' && without.length === 0) ?? failed(),
    DOMAIN,
  ),
);

function failed(): never {
  throw new Error('There is no rung with a queue and data centers.');
}

/** Ids of the arrows of the highest rung once `change` was done to each resource of a type. */
function arrowsAfter(type: string, change: Parameters<typeof altered>[2]): readonly string[] {
  return pictureOf(altered(HIGHEST, type, change)).arrows.map(({ id }) => id);
}

const without = (pattern: RegExp) => (id: string, resource: Parameters<Parameters<typeof altered>[2]>[1]) =>
  pattern.test(id) ? {} : { [id]: resource };

describe('an arrow is drawn by what allows it', () => {
  const before = pictureOf(HIGHEST).arrows.map(({ id }) => id);

  it.each([
    ['us-east-1/servers → us-east-1/cache', 'AWS::EC2::SecurityGroupIngress', /^CacheGroup/],
    ['us-east-1/worker → us-east-1/database', 'AWS::EC2::SecurityGroupIngress', /ClickWorker/],
    ['us-east-1/servers → us-east-1/queue', 'AWS::IAM::Policy', /^ServersRoleClickQueue/],
    ['us-east-1/queue → us-east-1/worker', 'AWS::IAM::Policy', /^ClickWorkerFunctionRole/],
    ['cdn → static-files', 'AWS::S3::BucketPolicy', /StaticFiles/],
  ])('%s goes with its rule', (arrow, type, rule) => {
    expect(before).toContain(arrow);
    expect(arrowsAfter(type, without(rule))).not.toContain(arrow);
  });

  it('replication goes with the name of what is copied', () => {
    const arrow = 'us-east-1/database → us-east-1/replicas';
    expect(before).toContain(arrow);
    const alone = withProperties({ SourceDBInstanceIdentifier: undefined });
    expect(arrowsAfter('AWS::RDS::DBInstance', alone)).not.toContain(arrow);
  });
});

describe('what the rung adds is marked', () => {
  const added = (number: number): readonly string[] => {
    const { parts, arrows } = DRAWN.find(({ rung }) => rung.number === number)?.picture ?? failed();
    const cards: readonly Card[] = everyCard(parts);
    return [
      ...parts.filter((part) => 'parts' in part && part.added).map(({ id }) => id),
      ...cards.filter((card) => card.added).map(({ id }) => id),
      ...cards.flatMap(({ cells }) => cells.filter((cell) => cell.added).map(({ id }) => id)),
      ...arrows.filter((arrow) => arrow.added).map(({ id }) => id),
    ];
  };

  it('nothing at the first', () => {
    expect(added(1)).toEqual([]);
  });

  it('CloudFront and what it answers from', () => {
    expect(added(6)).toEqual(
      expect.arrayContaining(['cdn', 'static-files', 'users → cdn', 'cdn → static-files']),
    );
  });

  it('a standby, replicas and the ways to them at replication', () => {
    expect(added(4)).toEqual([
      'us-east-1/replicas',
      'us-east-1/database/standby',
      'us-east-1/servers → us-east-1/replicas',
      'us-east-1/database → us-east-1/replicas',
    ]);
  });

  it('the cache and the way to it', () => {
    expect(added(5)).toEqual(['us-east-1/cache', 'us-east-1/servers → us-east-1/cache']);
  });

  it('a broker and the way to it, whose workers are on the servers', () => {
    const drawn = DRAWN.find(({ queue }) => queue === 'kafka')?.picture ?? failed();
    const ids = everyCard(drawn.parts)
      .filter((card) => card.added)
      .map(({ id }) => id);
    expect(ids).toEqual(['us-east-1/kafka']);
    expect(drawn.arrows.filter((arrow) => arrow.added)).toEqual([
      expect.objectContaining({ id: 'us-east-1/servers → us-east-1/kafka', label: 'tcp 9098' }),
    ]);
  });

  it('a region as a whole', () => {
    expect(added(7)).toEqual(
      expect.arrayContaining(['eu-west-1', 'names', 'us-east-1/database → eu-west-1/database']),
    );
    expect(added(7)).not.toContain('eu-west-1/servers');
  });
});

describe('the layout', () => {
  /** Every rectangle of a kind, by its id. */
  const cardPlaces = ({ picture }: Drawing, { places }: Layout): ReadonlyMap<string, Rectangle> =>
    new Map(
      everyCard(picture.parts).flatMap(({ id }) => {
        const place = places.get(id);
        return place === undefined ? [] : [[id, place] as const];
      }),
    );

  it('lays no card or label over another', () => {
    const over = placed.flatMap(([drawing, layout]) => {
      const all = [...cardPlaces(drawing, layout), ...layout.labels];
      return all.flatMap(([id, one], index) =>
        all
          .slice(index + 1)
          .flatMap(([other, two]) => (overlap(one, two) ? [`${drawing.file}: ${id}, ${other}`] : [])),
      );
    });
    expect(over).toEqual([]);
  });

  it('leads no arrow through a card that it does not join, or through the label of another', () => {
    const through = placed.flatMap(([drawing, { ways, ...layout }]) =>
      [...ways].flatMap(([id, way]) => {
        const ends = id.split(' → ');
        const others = [...cardPlaces(drawing, { ...layout, ways }), ...layout.labels];
        return others
          .filter(([other, place]) => other !== id && !ends.includes(other) && crosses(way, place))
          .map(([other]) => `${drawing.file}: ${id} through ${other}`);
      }),
    );
    expect(through).toEqual([]);
  });

  it('is no wider than a page shows it legibly: 1,400 units, and 840 with one region', () => {
    const wide = placed.filter(
      ([{ picture }, { size }]) => size.width > (regionsOf(picture).length > 1 ? 1_400 : 840),
    );
    expect(wide.map(([{ file }, { size }]) => [file, size.width])).toEqual([]);
  });
});
