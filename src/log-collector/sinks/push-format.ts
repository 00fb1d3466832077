import type { Labels } from '../metadata/label-selector.ts';
import type { PodInfo } from '../metadata/pod-metadata.ts';
import type { RecordEncoder } from '../record/encoder.ts';
import { lokiValues } from '../record/loki-values.ts';
import { otlpRecords } from '../record/otlp-records.ts';
import type { ContainerInstance } from '../record/source-label.ts';

/** Encoded records of one container, one a line. */
export interface PushPart {
  readonly instance: ContainerInstance;
  /** What the API has said about its Pod, and the labels of it that were chosen. */
  readonly info?: PodInfo | undefined;
  readonly labels?: Labels | undefined;
  readonly bytes: Buffer;
}

/** What differs between the servers that records are pushed to. */
export interface PushFormat {
  readonly encoder: RecordEncoder;
  /** The request body, before compression. */
  body(parts: readonly PushPart[], node: string): Buffer;
  /** Whether the same request may succeed later. */
  mayRetry(status: number): boolean;
  /** Records that a successful answer says were refused. */
  refusedBy(answer: string): number;
}

/** Records as the members of a JSON array: the newline that ends each becomes the comma between them. */
function members(bytes: Buffer): Buffer {
  const joined = Buffer.from(bytes.subarray(0, bytes.length - 1));
  for (let at = joined.indexOf(0x0a); at !== -1; at = joined.indexOf(0x0a, at + 1)) joined[at] = 0x2c;
  return joined;
}

function assemble(
  parts: readonly PushPart[],
  head: string,
  open: (part: PushPart) => string,
  close: string,
  end: string,
) {
  const pieces: Buffer[] = [Buffer.from(head)];
  for (const [i, part] of parts.entries()) {
    pieces.push(Buffer.from(`${i === 0 ? '' : ','}${open(part)}`), members(part.bytes), Buffer.from(close));
  }
  pieces.push(Buffer.from(end));
  return Buffer.concat(pieces);
}

/** Loki's `POST /loki/api/v1/push`. What identifies the container is a label, the rest structured metadata. */
export const lokiPush: PushFormat = {
  encoder: lokiValues,
  body: (parts, node) =>
    assemble(
      parts,
      '{"streams":[',
      ({ instance: { namespace, pod, container }, info }) => {
        const workload = info?.owner === undefined ? undefined : `${info.owner.kind}/${info.owner.name}`;
        return `{"stream":${JSON.stringify({ node, namespace, pod, container, workload })},"values":[`;
      },
      ']}',
      ']}',
    ),
  mayRetry: (status) => status === 429 || status >= 500,
  refusedBy: () => 0,
};

const attribute = (key: string, value: string | number) => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
});

/** OTLP/HTTP with JSON (opentelemetry-proto docs/specification.md): only these four may be retried. */
export const otlpPush: PushFormat = {
  encoder: otlpRecords,
  body: (parts, node) =>
    assemble(
      parts,
      '{"resourceLogs":[',
      ({ instance: { namespace, pod, uid, container, restart }, info, labels }) => {
        const owner = info?.owner;
        const attributes = [
          attribute('k8s.node.name', node),
          attribute('k8s.namespace.name', namespace),
          attribute('k8s.pod.name', pod),
          attribute('k8s.pod.uid', uid),
          attribute('k8s.container.name', container),
          attribute('k8s.container.restart_count', restart),
          ...(owner === undefined ? [] : [attribute(`k8s.${owner.kind.toLowerCase()}.name`, owner.name)]),
          ...Object.entries(labels ?? {}).map(([key, value]) => attribute(`k8s.pod.label.${key}`, value)),
        ];
        return `{"resource":{"attributes":${JSON.stringify(attributes)}},"scopeLogs":[{"scope":{"name":"journey.log-collector"},"logRecords":[`;
      },
      ']}]}',
      ']}',
    ),
  mayRetry: (status) => status === 429 || status === 502 || status === 503 || status === 504,
  refusedBy(answer) {
    try {
      const { partialSuccess } = JSON.parse(answer) as { partialSuccess?: { rejectedLogRecords?: string | number } };
      return Number(partialSuccess?.rejectedLogRecords ?? 0) || 0;
    } catch {
      return 0;
    }
  },
};
