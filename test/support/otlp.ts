import { join } from 'node:path';
import protobuf from 'protobufjs';

const root = new protobuf.Root().loadSync(join(import.meta.dirname, 'otlp.proto'));

type Message = 'ExportLogsServiceRequest' | 'ExportLogsServiceResponse' | 'LogRecord' | 'ScopeLogs' | 'Status';

/** A message of OTLP from what its JSON says, by a library that is not ours. */
export function encodeOtlp(name: Message, content: object): Buffer {
  const type = root.lookupType(`otlp.${name}`);
  return Buffer.from(type.encode(type.fromObject(content)).finish());
}

/** The other way round: names in camel case, 64-bit integers as decimal strings, and only the fields that are there. */
// biome-ignore lint/suspicious/noExplicitAny: the body of a protocol, looked into by tests.
export function decodeOtlp(name: Message, bytes: Buffer): any {
  const type = root.lookupType(`otlp.${name}`);
  return type.toObject(type.decode(bytes), { longs: String });
}
