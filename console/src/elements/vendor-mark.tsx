/** Vendors' logos are theirs; a coloured initial is ours. */
const MARKS: Record<string, { letters: string; color: string }> = {
  pipedrive: { letters: 'P', color: '#1f7a42' },
  hubspotcrm: { letters: 'H', color: '#c4502a' },
  sfdc: { letters: 'SF', color: '#0b6fae' },
  pardot: { letters: 'Pa', color: '#2a5c9e' },
  infusionsoftecommerce: { letters: 'K', color: '#3d7d22' },
};

export function VendorMark({ elementKey, size = 36 }: { elementKey: string; size?: number }) {
  const { letters, color } = MARKS[elementKey] ?? {
    letters: elementKey.slice(0, 1).toUpperCase(),
    color: '#4b5a68',
  };
  return (
    <span
      className="vendor"
      aria-hidden
      style={{
        width: size,
        height: size,
        background: color,
        fontSize: size * (letters.length > 1 ? 0.36 : 0.46),
      }}
    >
      {letters}
    </span>
  );
}
