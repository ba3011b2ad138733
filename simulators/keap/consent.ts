/** Loads the consent page and sends its form, as a browser would; returns where it is sent back to. */
export async function consent(authorizeUrl: string, decision: 'allow' | 'deny' = 'allow'): Promise<string> {
  const page = await fetch(authorizeUrl);
  if (!page.ok) throw new Error(`the consent page answered ${page.status}`);
  await page.text();
  const { origin, pathname, searchParams } = new URL(authorizeUrl);
  const form = new URLSearchParams({ decision });
  for (const name of ['client_id', 'redirect_uri', 'state']) form.set(name, searchParams.get(name) ?? '');
  const answer = await fetch(`${origin}${pathname}`, { method: 'POST', body: form, redirect: 'manual' });
  return answer.headers.get('location') ?? '';
}
