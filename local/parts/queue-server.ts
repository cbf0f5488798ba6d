/** The process behind `startQueue`. */

const { PORT = '', VISIBILITY_TIMEOUT = '', MAX_RECEIVE_COUNT = '' } = process.env;

async function main(): Promise<void> {
  // It is an ES module only.
  const { buildApp } = await import('fauxqs');
  const app = buildApp({ logger: false });

  /** Queue URLs that it makes name hosts that not every machine resolves; ours name 127.0.0.1 and are translated. */
  app.addHook('preHandler', (request, _reply, done) => {
    const { body } = request;
    if (
      typeof body === 'object' &&
      body !== null &&
      'QueueUrl' in body &&
      typeof body.QueueUrl === 'string'
    ) {
      const { port, pathname } = new URL(body.QueueUrl);
      body.QueueUrl = `http://sqs.us-east-1.localhost:${port}${pathname}`;
    }
    done();
  });

  const createQueue = async (name: string, attributes: Readonly<Record<string, string>>): Promise<void> => {
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: '/',
      headers: {
        host: `127.0.0.1:${PORT}`,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.CreateQueue',
      },
      payload: JSON.stringify({ QueueName: name, Attributes: attributes }),
    });
    if (statusCode !== 200) {
      throw new Error(body);
    }
  };

  await createQueue('dead-clicks', {});
  await createQueue('clicks', {
    VisibilityTimeout: VISIBILITY_TIMEOUT,
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead-clicks',
      maxReceiveCount: Number(MAX_RECEIVE_COUNT),
    }),
  });
  await app.listen({ port: Number(PORT), host: '127.0.0.1' });
  process.on('SIGTERM', () => {
    void app.close();
  });
  console.log('The queue is serving.');
}

main().catch((error: unknown) => {
  const taken = error instanceof Error && error.message.includes('EADDRINUSE');
  console.error(taken ? 'Address already in use.' : error);
  process.exit(1);
});
