/**
 * Reads a query string the way existing clients write it: `tags[]=a` and repeated keys are arrays under the name
 * without `[]`, an empty value is as good as absent. Everything stays text here; types come with the schema.
 */
export function parseQueryString(text: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [key, value] of new URLSearchParams(text)) {
    const isList = key.endsWith('[]');
    const name = isList ? key.slice(0, -2) : key;
    if (value === '' || name === '__proto__') continue;
    const present = query[name];
    if (present === undefined) query[name] = isList ? [value] : value;
    else if (typeof present === 'string') query[name] = [present, value];
    else present.push(value);
  }
  return query;
}
