import { attribute, otlpRecords } from '../record/otlp-records.ts';
import { fieldHead, messageField, readVarint, textField } from '../record/protobuf.ts';
import { ProtobufMessage } from '../record/protobuf-message.ts';
import { otlpRecord } from '../record/read-otlp.ts';
import { BodyBuffer } from './body-buffer.ts';
import type { Answer, PushFormat, PushPart } from './push-format.ts';

const contentType = 'application/x-protobuf';
const scope = messageField(1, textField(1, 'journey.log-collector'));

/**
 * OTLP/HTTP (opentelemetry.io/docs/specs/otlp) in its default encoding, protobuf; Dynatrace, for one, takes no other.
 */
export const otlpPush: PushFormat = {
  encoder: otlpRecords,
  contentType,
  body(parts, node, buffer = new BodyBuffer()) {
    buffer.begin(parts);
    for (const part of parts) {
      const resource = messageField(1, ...resourceAttributes(part, node));
      const scopeLogsHead = fieldHead(2, scope.length + part.bytes.length);
      const length = resource.length + scopeLogsHead.length + scope.length + part.bytes.length;
      buffer.add(Buffer.concat([fieldHead(1, length), resource, scopeLogsHead, scope]));
      buffer.add(part.bytes);
    }
    return buffer.body;
  },
  recordEnd(bytes, at) {
    const [length, from] = readVarint(bytes, at + 1);
    return from + length;
  },
  json: (record) => JSON.stringify(otlpRecord(new ProtobufMessage(record).message(2))),
  // Only these four.
  mayRetry: (status) => status === 429 || status === 502 || status === 503 || status === 504,
  answer(body, status, type) {
    // A proxy on the way answers in its own words.
    if (!type.startsWith(contentType)) return { message: status < 300 ? '' : body.toString(), refused: 0 };
    try {
      return status < 300 ? partialSuccess(body) : { message: new ProtobufMessage(body).text(2), refused: 0 };
    } catch {
      return { message: '', refused: 0 };
    }
  },
};

/** What an `ExportLogsServiceResponse` says; for a request that failed it is a `google.rpc.Status` instead. */
function partialSuccess(body: Buffer): Answer {
  const said = new ProtobufMessage(body).message(1);
  return { message: said.text(2), refused: said.number(1) };
}

function resourceAttributes({ instance, info, labels }: PushPart, node: string): Buffer[] {
  const { namespace, pod, uid, container, restart } = instance;
  const owner = info?.owner;
  return [
    attribute(1, 'k8s.node.name', node),
    attribute(1, 'k8s.namespace.name', namespace),
    attribute(1, 'k8s.pod.name', pod),
    attribute(1, 'k8s.pod.uid', uid),
    attribute(1, 'k8s.container.name', container),
    attribute(1, 'k8s.container.restart_count', restart),
    ...(owner === undefined ? [] : [attribute(1, `k8s.${owner.kind.toLowerCase()}.name`, owner.name)]),
    ...Object.entries(labels ?? {}).map(([key, value]) => attribute(1, `k8s.pod.label.${key}`, value)),
  ];
}
