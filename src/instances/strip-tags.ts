/** A tag, a closing tag, a comment or a doctype; a lone `<` as in `a < b` is text. */
const TAG = /<!--[\s\S]*?-->|<\/?[a-z!][^<>]*>/gi;

/** A name without HTML tags, their inner text kept, and without what stripping once would put together. */
export function stripTags(text: string): string {
  let stripped = text;
  for (let before = ''; before !== stripped;) {
    before = stripped;
    stripped = stripped.replaceAll(TAG, '');
  }
  return stripped.trim();
}
