/** The items of a changing collection in one order, without sorting everything again on each change. */
export interface SortedIndex<T extends object> {
  /** Replaces one item (undefined: there was or is none). Cheap; the order is mended at the next `items`. */
  change(before: T | undefined, after: T | undefined): void;
  /** Ascending. The array is the index's own: read it before the next change and do not alter it. */
  items(): readonly T[];
}

export function createSortedIndex<T extends object>(compare: (a: T, b: T) => number): SortedIndex<T> {
  let sorted: T[] = [];
  const gone = new Set<T>();
  const fresh = new Set<T>();
  return {
    change(before, after) {
      // An item that never reached the sorted array is simply no longer fresh.
      if (before && !fresh.delete(before)) gone.add(before);
      if (after) fresh.add(after);
    },
    items() {
      if (gone.size === 0 && fresh.size === 0) return sorted;
      const kept = gone.size === 0 ? sorted : sorted.filter((item) => !gone.has(item));
      sorted = merge(kept, [...fresh].sort(compare), compare);
      gone.clear();
      fresh.clear();
      return sorted;
    },
  };
}

function merge<T>(left: T[], right: T[], compare: (a: T, b: T) => number): T[] {
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    merged.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
  }
  while (l < left.length) merged.push(left[l++]!);
  while (r < right.length) merged.push(right[r++]!);
  return merged;
}

/** The first position in an ascending list whose item is not before the wanted place (`isBefore` false). */
export function firstNotBefore<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
