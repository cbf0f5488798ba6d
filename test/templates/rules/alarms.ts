import { type CloudAssembly, list, referenced, resources } from '../../support/cloud-assembly';

/**
 * Alarms that tell nobody, or do not tell what to do, a line each. `runbook` is the text of docs/runbook.md: a description
 * must point at a heading that is in it.
 */
export function muteAlarms(assembly: CloudAssembly, runbook: string): readonly string[] {
  const anchors = anchorsOf(runbook);
  const topics = new Set(resources(assembly, 'AWS::SNS::Topic').map(({ name }) => name));
  return resources(assembly, 'AWS::CloudWatch::Alarm').flatMap(({ name, stack, properties }) => {
    const tells = list(properties['AlarmActions']).some((action) =>
      referenced(assembly, stack, action).some((target) => topics.has(target)),
    );
    const text = JSON.stringify([properties['AlarmDescription']]);
    const anchor = /docs\/runbook\.md#([a-z0-9-]+)/.exec(text)?.[1];
    return [
      ...(tells ? [] : [`${name} tells no topic`]),
      ...(anchor === undefined ? [`${name} points at no entry of docs/runbook.md`] : []),
      ...(anchor === undefined || anchors.has(anchor) ? [] : [`${name}: docs/runbook.md has no #${anchor}`]),
    ];
  });
}

/** The anchors that GitHub gives to a text's headings. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  return new Set(
    [...markdown.matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, heading = '']) =>
      heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}
