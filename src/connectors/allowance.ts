/** What two headers say of an allowance; undefined without a whole number of what remains. Names in lower case. */
export function allowanceIn(
  headers: Record<string, string>,
  limitName: string,
  remainingName: string,
): { limit?: number; remaining: number } | undefined {
  const remaining = countIn(headers[remainingName]);
  if (remaining === undefined) return undefined;
  const limit = countIn(headers[limitName]);
  return { remaining, ...(limit !== undefined && limit > 0 && { limit }) };
}

function countIn(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) : undefined;
}
