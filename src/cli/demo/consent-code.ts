/** Presses "allow" on a simulated vendor's consent page; the code it redirects with. */
export async function consentCode(
  consent: (authorizeUrl: string) => Promise<string>,
  page: { url: string; clientId: string; redirectUrl: string; scope: string },
): Promise<string> {
  const url = new URL(page.url);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: page.clientId,
    redirect_uri: page.redirectUrl,
    scope: page.scope,
  }).toString();
  const code = new URL(await consent(url.href)).searchParams.get('code');
  if (code === null) throw new Error(`the consent page ${page.url} gave no code`);
  return code;
}
