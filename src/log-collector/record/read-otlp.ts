import { ProtobufMessage } from './protobuf-message.ts';

export interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

/** A log record as OTLP's JSON encoding has it: 64-bit integers are decimal strings there. */
export interface OtlpRecord {
  readonly timeUnixNano: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly OtlpAttribute[];
}

/** The records of an export request that we made. @throws RangeError if it is no protobuf. */
export function recordsOf(request: Buffer): OtlpRecord[] {
  return new ProtobufMessage(request)
    .messages(1)
    .flatMap((resource) => resource.messages(2))
    .flatMap((scope) => scope.messages(2))
    .map(otlpRecord);
}

/** One of our records, a field of `ScopeLogs` or more of them. */
export function otlpRecord(record: ProtobufMessage): OtlpRecord {
  return {
    timeUnixNano: String(record.bytes(1).readBigUInt64LE()),
    ...(record.has(2) ? { severityNumber: record.number(2), severityText: record.text(3) } : {}),
    body: { stringValue: record.message(5).text(1) },
    attributes: record.messages(6).map((attribute) => {
      const value = attribute.message(2);
      return {
        key: attribute.text(1),
        value: value.has(3) ? { intValue: String(value.number(3)) } : { stringValue: value.text(1) },
      };
    }),
  };
}
