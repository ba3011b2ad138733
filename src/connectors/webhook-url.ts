/** A webhook URL that carries its token. */
export function withToken(url: string, token: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`;
}

/** Whether a URL found at a vendor leads to the same endpoint as ours, whatever token or padding it was pasted with. */
export function sameEndpoint(found: string, ours: string): boolean {
  const [a, b] = [URL.parse(found), URL.parse(ours)];
  return a !== null && b !== null && a.origin === b.origin && pathOf(a) === pathOf(b);
}

/** Vendors and people write a base64 id with or without its padding. */
function pathOf({ pathname }: URL): string {
  return pathname.replace(/(?:=|%3D)*\/*$/i, '');
}
