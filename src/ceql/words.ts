/** Words that are a field only in back-ticks, in lower case. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'like', 'in', 'is', 'not', 'null']);

/** A field that needs no back-ticks, at the pattern's `lastIndex`. */
export const BARE_FIELD = /[\p{L}\p{M}\p{N}_$@-]+(?:\.[\p{L}\p{M}\p{N}_$@-]+)*/uy;
