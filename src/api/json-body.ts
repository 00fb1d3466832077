import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import { keepBodyText } from '../handler/body-text.ts';
import { type RequestScope, scopeOf } from '../telemetry/request-scope.ts';

/**
 * Reads JSON bodies ourselves, for three reasons: the limit may change while the server runs, invalid UTF-8 must be
 * refused instead of becoming U+FFFD, and the text is kept beside the parsed value, since parsing loses what JavaScript
 * numbers can't hold (12345678901234567890, 1e400, -0). `__proto__` is data here: `JSON.parse` makes it an own
 * property, so there is nothing to be poisoned (fastify/fastify#1426).
 */
export function addJsonBodyParser(app: FastifyInstance, maxBodyBytes: () => number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) => {
    const bytes = await readBody(payload, maxBodyBytes(), scopeOf(request.raw));
    const text = decodeUtf8(bytes);
    keepBodyText(request.raw, text);
    return parseJson(text);
  });
}

async function readBody(payload: IncomingMessage, maxBodyBytes: number, scope: RequestScope): Promise<Buffer> {
  const tooLarge = (): JourneyError => new JourneyError('body-too-large', { maxBodyBytes });
  // The connection stays open and Node discards the rest of the body, by requestTimeoutMs at the latest: closing it at
  // once would reset it, and the client would lose the answer that tells it why.
  if (Number(payload.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  if (payload.readableEnded) return Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (act: () => void): void => {
      payload.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      act();
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxBodyBytes) settle(() => reject(tooLarge()));
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, length)));
    const onError = (error: Error): void => {
      scope.clientGone = true;
      settle(() => reject(new JourneyError('bad-http', { reason: reasonOf(error) }, { cause: error })));
    };
    const onClose = (): void => onError(new Error('the connection was closed in the middle of the body'));
    payload.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

/** A byte order mark is dropped, as RFC 8259 §8.1 allows: some editors write one. */
function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const reason = { en: 'it is not valid UTF-8', zh: '不是合法的 UTF-8' };
    throw new JourneyError('malformed-json', { reason }, { cause: error });
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new JourneyError('malformed-json', { reason: { en: 'it is empty', zh: '内容为空' } });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JourneyError('malformed-json', { reason: reasonOf(error) }, { cause: error });
  }
}
