import type { FastifyReply } from 'fastify';

/** Ends an answer that has no body, as 204 and 304 must: `send(null)` would send the four letters. */
export function sendNothing(reply: object): never {
  return (reply as FastifyReply).send() as never;
}
