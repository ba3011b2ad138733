import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type HTMLAttributes, type ReactNode } from 'react';

interface VirtualRowsProps<T> {
  items: readonly T[];
  keyOf: (item: T) => string | number;
  rowHeight: number;
  /** Of the element that scrolls: its class, role and label. */
  list: HTMLAttributes<HTMLDivElement>;
  /** Between it and the rows; without one, nothing that assistive technology should know of. */
  bodyRole?: string;
  /** Of each row. */
  row: (item: T, index: number) => HTMLAttributes<HTMLDivElement>;
  /** Stays at the top. */
  head?: ReactNode;
  /** Which rows stand in the page, the first and the last. */
  onShown?: (first: number, last: number) => void;
  children: (item: T) => ReactNode;
}

/** A list of any length of which only the rows in sight, and some around them, stand in the page. */
export function VirtualRows<T>(props: VirtualRowsProps<T>) {
  const { items, keyOf, rowHeight, list, bodyRole = 'presentation', row, head, onShown, children } = props;
  const place = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => place.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
    overscan: 12,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => onShown?.(first, last), [onShown, first, last]);
  return (
    <div ref={place} {...list}>
      {head}
      <div role={bodyRole} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {shown.map(({ key, index, start }) => {
          const item = items[index]!;
          return (
            <div
              key={key}
              {...row(item, index)}
              style={{
                position: 'absolute',
                inset: '0 0 auto',
                height: rowHeight,
                transform: `translateY(${start}px)`,
              }}
            >
              {children(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Whether the page is as narrow as a phone: rows are set in two lines there. */
export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
}
