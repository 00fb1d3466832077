const names = new Map<string, string>();

/** Fastify's `/data/:key` as OpenAPI, logs and metrics write it, `/data/{key}`. */
export function routeName(template: string): string {
  let name = names.get(template);
  if (name === undefined) {
    name = template.replace(/:(\w+)/g, '{$1}');
    names.set(template, name);
  }
  return name;
}
