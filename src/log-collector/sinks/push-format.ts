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
  /** The request body, before compression; in `buffer`, so valid until that is used again. */
  body(parts: readonly PushPart[], node: string, buffer?: BodyBuffer): Buffer;
  /** Whether the same request may succeed later. */
  mayRetry(status: number): boolean;
  /** Records that a successful answer says were refused. */
  refusedBy(answer: string): number;
}

/** Memory that bodies are put together in, again and again: a new megabyte for each would pile up as garbage. */
export class BodyBuffer {
  #bytes = Buffer.alloc(0);
  #length = 0;

  begin(text: string, roomFor: readonly PushPart[]): void {
    const needed = roomFor.reduce((sum, { bytes }) => sum + bytes.length + partRoom, partRoom);
    if (this.#bytes.length < needed) this.#bytes = Buffer.allocUnsafeSlow(needed);
    this.#length = 0;
    this.add(text);
  }

  add(text: string): void {
    const room = Buffer.byteLength(text);
    if (this.#length + room > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length + 2 * room);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Records as the members of a JSON array: the newline that ends each becomes the comma between them. */
  addMembers(records: Buffer): void {
    const from = this.#length;
    const length = records.length - 1;
    if (from + length > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], from + 2 * length);
    records.copy(this.#bytes, from, 0, length);
    this.#length += length;
    const end = this.#length;
    for (let at = this.#bytes.indexOf(0x0a, from); at !== -1 && at < end; at = this.#bytes.indexOf(0x0a, at + 1)) {
      this.#bytes[at] = 0x2c;
    }
  }

  /** What has been put together; valid until the next {@link begin}. */
  get body(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Room for what surrounds a part; more is made when it is not enough. */
const partRoom = 4_096;

function assemble(
  parts: readonly PushPart[],
  buffer: BodyBuffer,
  head: string,
  open: (part: PushPart) => string,
  close: string,
  end: string,
): Buffer {
  buffer.begin(head, parts);
  for (const [i, part] of parts.entries()) {
    buffer.add(`${i === 0 ? '' : ','}${open(part)}`);
    buffer.addMembers(part.bytes);
    buffer.add(close);
  }
  buffer.add(end);
  return buffer.body;
}

/** Loki's `POST /loki/api/v1/push`. What identifies the container is a label, the rest structured metadata. */
export const lokiPush: PushFormat = {
  encoder: lokiValues,
  body: (parts, node, buffer = new BodyBuffer()) =>
    assemble(
      parts,
      buffer,
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
  body: (parts, node, buffer = new BodyBuffer()) =>
    assemble(
      parts,
      buffer,
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
