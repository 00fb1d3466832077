import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import type { HttpAnswer, HttpRequest } from '../../cluster-access/cluster-access.ts';
import { askApi, inOneLine, jsonOf } from '../../facts/api-http.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: { en: 'each endpoint answers as documented\n{lines}', zh: '每个端点都按文档应答\n{lines}' },
  why: {
    en: 'the endpoints are the contract with users; GET /openapi.json describes each',
    zh: '端点是与用户之间的约定；GET /openapi.json 描述了每个端点',
  },
  seen: { en: '{n} endpoints', zh: '{n} 个端点' },
});

/** One documented answer. */
interface Endpoint {
  readonly request: HttpRequest;
  readonly status: number;
  /** Members the JSON body must have, or a text that another body must contain. */
  readonly has: readonly string[] | RegExp;
}

const json = { 'content-type': 'application/json' };

export const documentedEndpoints: readonly Endpoint[] = [
  { request: { path: '/health' }, status: 200, has: ['status'] },
  { request: { path: '/livez' }, status: 200, has: ['status'] },
  { request: { path: '/ready' }, status: 200, has: ['status', 'store'] },
  { request: { path: '/readyz' }, status: 200, has: ['status', 'store'] },
  { request: { path: '/metrics' }, status: 200, has: /^journey_build_info/m },
  { request: { path: '/openapi.json' }, status: 200, has: ['openapi', 'paths'] },
  { request: { path: '/api/v1/hello?name=verify' }, status: 200, has: /verify/ },
  { request: { path: '/api/v1/info' }, status: 200, has: ['version'] },
  { request: { path: '/api/v1/config' }, status: 200, has: ['hash'] },
  { request: { path: '/api/v1/cache/stats' }, status: 200, has: [] },
  { request: { path: '/api/v1/data?limit=1' }, status: 200, has: ['entries'] },
  { request: { path: '/api/v1/data/journey%3Averify%3Anever-written' }, status: 404, has: ['code', 'title', 'status'] },
  { request: { path: '/api/v1/cleanup/runs' }, status: 200, has: ['runs'] },
  // Refusals are part of the contract: RFC 9457 problems with a stable code.
  {
    request: { method: 'POST', path: '/api/v1/data', headers: json, body: '{"key":' },
    status: 400,
    has: ['code', 'title'],
  },
  { request: { method: 'DELETE', path: '/api/v1/hello' }, status: 405, has: ['code', 'title'] },
  { request: { path: '/no/such/endpoint' }, status: 404, has: ['code', 'title'] },
];

export const apiEndpoints: Check = {
  id: 'AP08',
  title: { en: 'every endpoint answers as documented, refusals included', zh: '每个端点都按文档应答，包括拒绝请求时' },
  proves: {
    en: 'Calls each documented endpoint through the Service and looks at status and body; three bad requests must be refused with a problem document.',
    zh: '经由 Service 调用每个有文档的端点，检查状态码与响应体；三个错误请求必须以 problem 文档拒绝。',
  },
  covers: ['api-endpoints'],
  async run(context) {
    const answers = await Promise.all(
      documentedEndpoints.map(async (endpoint) => ({ endpoint, answer: await askApi(context, endpoint.request) })),
    );
    return judgeEndpoints(answers);
  },
};

export function judgeEndpoints(
  answers: readonly { readonly endpoint: Endpoint; readonly answer: HttpAnswer }[],
): Outcome {
  const wrong = answers.filter(({ endpoint, answer }) => !fits(endpoint, answer));
  if (wrong.length > 0 || answers.length === 0) {
    const name = ({ request, status }: Endpoint): string => `${request.method ?? 'GET'} ${request.path} → ${status}`;
    return fail({
      expected: said(text.expected, {
        lines: wrong
          .map(
            ({ endpoint }) =>
              `${name(endpoint)} ${endpoint.has instanceof RegExp ? endpoint.has.source : endpoint.has.join(', ')}`,
          )
          .join('\n'),
      }),
      actual: raw(wrong.map(({ endpoint, answer }) => `${endpoint.request.path}: ${inOneLine(answer)}`).join('\n')),
      why: said(text.why),
      fix: raw('journey explain AP08'),
    });
  }
  return pass(said(text.seen, { n: answers.length }));
}

function fits({ status, has }: Endpoint, answer: HttpAnswer): boolean {
  if (!answer.reached || answer.status !== status) return false;
  if (has instanceof RegExp) return has.test(answer.body);
  const body = jsonOf<object>(answer);
  return body !== undefined && has.every((member) => member in body);
}
