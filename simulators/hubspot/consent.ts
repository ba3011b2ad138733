/** Loads the consent page and sends its form, as a browser would. */
export async function consent(
  authorizeUrl: string,
  { decision = 'allow', portalId }: { decision?: 'allow' | 'deny'; portalId?: number } = {},
): Promise<string> {
  const page = await fetch(authorizeUrl);
  if (!page.ok) throw new Error(`the consent page answered ${page.status}`);
  await page.text();
  const { origin, pathname, searchParams } = new URL(authorizeUrl);
  const form = new URLSearchParams({ decision });
  for (const name of ['client_id', 'redirect_uri', 'scope', 'optional_scope', 'state']) {
    form.set(name, searchParams.get(name) ?? '');
  }
  if (portalId !== undefined) form.set('portal', String(portalId));
  const answer = await fetch(`${origin}${pathname}`, { method: 'POST', body: form, redirect: 'manual' });
  return answer.headers.get('location') ?? '';
}
