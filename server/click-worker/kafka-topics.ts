import type * as Library from 'kafka-ts';

/** As many workers read side by side at most. */
const PARTITIONS = 12;

/** As many brokers have each message as the cluster says. */
const CLUSTERS_DEFAULT = -1;

/** As long as SQS keeps a message at most, in ms; counted clicks are remembered for longer. */
const RETENTION_MS = 14 * 86_400_000;

/** In ms. */
const TIMEOUT_MS = 10_000;

/** Makes the topics that are not there. @throws Error where the brokers do not answer, or refuse */
export async function createTopics(
  client: Library.Client,
  library: typeof Library,
  topics: readonly string[],
): Promise<void> {
  const cluster = client.createCluster();
  await cluster.connect();
  try {
    const { controllerId } = await cluster.sendRequest(library.API.METADATA, { topics: [] });
    for (const topic of topics) {
      if (!(await isThere(topic))) {
        await cluster
          .sendRequestToNode(controllerId)(library.API.CREATE_TOPICS, {
            validateOnly: false,
            timeoutMs: TIMEOUT_MS,
            topics: [
              {
                name: topic,
                numPartitions: PARTITIONS,
                replicationFactor: CLUSTERS_DEFAULT,
                assignments: [],
                configs: [{ name: 'retention.ms', value: String(RETENTION_MS) }],
              },
            ],
          })
          .catch(unless(library.API_ERROR.TOPIC_ALREADY_EXISTS));
      }
    }

    async function isThere(topic: string): Promise<boolean> {
      const answer = await cluster
        .sendRequest(library.API.METADATA, {
          topics: [{ id: null, name: topic }],
          allowTopicAutoCreation: false,
        })
        .catch(unless(library.API_ERROR.UNKNOWN_TOPIC_OR_PARTITION));
      return answer !== undefined;
    }
  } finally {
    await cluster.disconnect();
  }

  /** Another worker may have made it in this moment. */
  function unless(code: number): (error: unknown) => undefined {
    return (error) => {
      if (error instanceof library.KafkaTSApiError && error.errorCode === code) {
        return undefined;
      }
      throw error;
    };
  }
}
