/** Whether the hosted zone is there, fits the domain, and is the one that the world asks. */
import { GetHostedZoneCommand } from '@aws-sdk/client-route-53';
import { GLOBAL_REGION } from '../aws';
import { type Finding, ok, wrong } from '../finding';
import { EVERYWHERE, type Question } from '../question';
import { unless } from '../unanswered';

export interface HostedZone {
  /** Its domain, without the last dot. */
  readonly name: string;
  readonly private: boolean;
  /** The servers that Route 53 has given it. */
  readonly nameServers: readonly string[];
}

export interface DomainWanted {
  readonly name: string;
  readonly hostedZoneId: string;
}

/** @param zone undefined where Route 53 knows none of that id */
export function judgeHostedZone({ name, hostedZoneId }: DomainWanted, zone: HostedZone | undefined): Finding {
  const needed = `a public hosted zone of this account that ${name} is in`;
  const mend = 'set hostedZoneId to one of: aws route53 list-hosted-zones --query "HostedZones[].[Name,Id]"';
  if (zone === undefined) {
    return wrong(`${hostedZoneId} is not there`, needed, mend);
  }
  if (zone.private) {
    return wrong(`${hostedZoneId} is private`, needed, mend);
  }
  return name === zone.name || name.endsWith(`.${zone.name}`)
    ? ok(`${hostedZoneId} is ${zone.name}`, needed)
    : wrong(`${hostedZoneId} is ${zone.name}`, needed, mend);
}

/**
 * Certificates are validated by records that the world must find: without delegation a deployment waits for hours.
 *
 * @param asked the name servers as DNS says them
 */
export function judgeDelegation({ name, nameServers }: HostedZone, asked: readonly string[]): Finding {
  const theirs = sorted(nameServers);
  const found = sorted(asked);
  const needed = `${theirs.join(', ')}, where ${name} is registered or as NS in the zone above it`;
  if (found.length > 0 && found.every((server) => theirs.includes(server))) {
    return ok(`${name} is delegated to it`);
  }
  return wrong(
    found.length === 0 ? `DNS knows no name servers of ${name}` : `DNS names ${found.join(', ')}`,
    needed,
    `aws route53domains update-domain-nameservers --region us-east-1 --domain-name ${name} --nameservers ${theirs.map((server) => `Name=${server}`).join(' ')}`,
  );
}

function sorted(servers: readonly string[]): readonly string[] {
  return servers.map((server) => server.toLowerCase().replace(/\.$/, '')).sort();
}

export const hostedZone: Question = {
  title: 'hosted zone',
  places: ({ settings }) => (settings.domain === undefined ? [] : [EVERYWHERE]),
  answer: async ({ aws, settings, nameServers }) => {
    const { domain } = settings;
    if (domain === undefined) {
      return [];
    }
    const answer = await unless(
      aws.route53(GLOBAL_REGION).send(new GetHostedZoneCommand({ Id: domain.hostedZoneId })),
      'NoSuchHostedZone',
    );
    const zone: HostedZone | undefined =
      answer?.HostedZone?.Name === undefined
        ? undefined
        : {
            name: answer.HostedZone.Name.replace(/\.$/, ''),
            private: answer.HostedZone.Config?.PrivateZone ?? false,
            nameServers: answer.DelegationSet?.NameServers ?? [],
          };
    const judged = judgeHostedZone(domain, zone);
    return zone === undefined || judged.verdict !== 'ok'
      ? [judged]
      : [judged, judgeDelegation(zone, await nameServers(zone.name))];
  },
};
