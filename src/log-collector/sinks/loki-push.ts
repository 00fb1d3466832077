import { lokiValues } from '../record/loki-values.ts';
import { BodyBuffer } from './body-buffer.ts';
import type { PushFormat } from './push-format.ts';

/** Loki's `POST /loki/api/v1/push`. What identifies the container is a label, the rest structured metadata. */
export const lokiPush: PushFormat = {
  encoder: lokiValues,
  contentType: 'application/json',
  body(parts, node, buffer = new BodyBuffer()) {
    buffer.begin(parts);
    let before = '{"streams":[';
    for (const { instance, info, bytes } of parts) {
      const { namespace, pod, container } = instance;
      const workload = info?.owner === undefined ? undefined : `${info.owner.kind}/${info.owner.name}`;
      const labels = JSON.stringify({ node, namespace, pod, container, workload });
      buffer.add(Buffer.from(`${before}{"stream":${labels},"values":[`));
      const members = buffer.add(bytes.subarray(0, -1));
      // The newline that ends each record becomes the comma between them.
      for (let at = members.indexOf(0x0a); at !== -1; at = members.indexOf(0x0a, at + 1)) members[at] = 0x2c;
      before = ']},';
    }
    buffer.add(Buffer.from(']}]}'));
    return buffer.body;
  },
  recordEnd: (bytes, at) => bytes.indexOf(0x0a, at) + 1,
  json: (record) => record.toString('utf8', 0, record.length - 1),
  mayRetry: (status) => status === 429 || status >= 500,
  answer: (body, status) => ({ message: status < 300 ? '' : body.toString(), refused: 0 }),
};
