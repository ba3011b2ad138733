/** The winner's fields after a merge: its own, the loser's where it has none, lists and custom fields joined. */
export function mergeFields<Fields extends object>(winner: Fields, loser: Fields): Partial<Fields> {
  const merged: Record<string, unknown> = {};
  const lost = loser as Record<string, unknown>;
  for (const [key, own] of Object.entries(winner)) {
    const other = lost[key];
    if (Array.isArray(own) && Array.isArray(other)) merged[key] = joinLists(own, other);
    else if (key === 'custom_fields') merged[key] = { ...(other as object), ...(own as object) };
    else if (own === null && other !== null) merged[key] = other;
  }
  return merged as Partial<Fields>;
}

/** Labelled values by their text, plain ones by themselves; the winner's primary stays the only one. */
function joinLists(own: unknown[], other: unknown[]): unknown[] {
  const text = (one: unknown): unknown =>
    typeof one === 'object' && one !== null && 'value' in one ? one.value : one;
  const known = new Set(own.map(text));
  const added = other.filter((one) => !known.has(text(one)));
  return [...own, ...added.map((one) => (own.length > 0 ? withoutPrimary(one) : one))];
}

function withoutPrimary(one: unknown): unknown {
  return typeof one === 'object' && one !== null ? { ...one, primary: false } : one;
}
