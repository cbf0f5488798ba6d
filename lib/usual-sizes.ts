/** How large everything is where nothing is set. Data without libraries: the planner's model reads it in browsers, too. */
import type { GivenSizes, Sizes } from './settings';

/** A value, or how it follows from other sizes. */
export const USUAL_SIZES = {
  serverInstanceType: 't4g.small',
  serverVolumeGiB: 20,
  minServers: 2,
  maxServers: ({ minServers }: { readonly minServers: number }): number => Math.max(6, minServers),
  natGateways: 1,
  databaseInstanceType: 't4g.micro',
  databaseStorageGiB: 20,
  databaseMaxStorageGiB: ({ databaseStorageGiB }: { readonly databaseStorageGiB: number }): number =>
    Math.min(65_536, Math.max(100, 2 * databaseStorageGiB)),
  replicas: 2,
  cacheNodeType: 't4g.micro',
  priceClass: '100',
  originSecret: 1,
  automaticPromotion: false,
  queue: 'sqs',
  drainQueues: [],
  // AWS recommends large for production, and medium for trying things out.
  rabbitmqInstanceType: ({ sandbox = false }: { readonly sandbox?: boolean }): string =>
    sandbox ? 'm7g.medium' : 'm7g.large',
  kafkaInstanceType: 't3.small',
  kafkaStorageGiB: 20,
} as const;

/** Sizes that were set, and the usual ones for the rest. */
export function withUsualSizes(given: Partial<GivenSizes>): Sizes {
  const minServers = given.minServers ?? USUAL_SIZES.minServers;
  const databaseStorageGiB = given.databaseStorageGiB ?? USUAL_SIZES.databaseStorageGiB;
  return {
    serverInstanceType: given.serverInstanceType ?? USUAL_SIZES.serverInstanceType,
    serverVolumeGiB: given.serverVolumeGiB ?? USUAL_SIZES.serverVolumeGiB,
    minServers,
    maxServers: given.maxServers ?? USUAL_SIZES.maxServers({ minServers }),
    natGateways: given.natGateways ?? USUAL_SIZES.natGateways,
    databaseInstanceType: given.databaseInstanceType ?? USUAL_SIZES.databaseInstanceType,
    databaseStorageGiB,
    databaseMaxStorageGiB:
      given.databaseMaxStorageGiB ?? USUAL_SIZES.databaseMaxStorageGiB({ databaseStorageGiB }),
    replicas: given.replicas ?? USUAL_SIZES.replicas,
    cacheNodeType: given.cacheNodeType ?? USUAL_SIZES.cacheNodeType,
    priceClass: given.priceClass ?? USUAL_SIZES.priceClass,
    originSecret: given.originSecret ?? USUAL_SIZES.originSecret,
    automaticPromotion: given.automaticPromotion ?? USUAL_SIZES.automaticPromotion,
    queue: given.queue ?? USUAL_SIZES.queue,
    drainQueues: given.drainQueues ?? USUAL_SIZES.drainQueues,
    rabbitmqInstanceType: given.rabbitmqInstanceType ?? USUAL_SIZES.rabbitmqInstanceType({}),
    kafkaInstanceType: given.kafkaInstanceType ?? USUAL_SIZES.kafkaInstanceType,
    kafkaStorageGiB: given.kafkaStorageGiB ?? USUAL_SIZES.kafkaStorageGiB,
  };
}
