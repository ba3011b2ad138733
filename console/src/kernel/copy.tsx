import { ActionIcon, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';

/** A value that copies itself on click. `show` is what is displayed instead of the whole value. */
export function Copyable({ value, show, label }: { value: string; show?: string; label: string }) {
  const clipboard = useClipboard({ timeout: 1200 });
  const Icon = clipboard.copied ? IconCheck : IconCopy;
  return (
    <button
      type="button"
      className="copyable mono"
      title={`Copy ${label}: ${value}`}
      aria-label={`Copy ${label} ${show ?? value}`}
      data-copied={clipboard.copied || undefined}
      onClick={(event) => {
        event.preventDefault();
        event.stopPropagation();
        clipboard.copy(value);
      }}
    >
      <span className="clip">{show ?? value}</span>
      <Icon size={13} aria-hidden />
    </button>
  );
}

export function CopyButton({ value, label }: { value: string; label: string }) {
  const clipboard = useClipboard({ timeout: 1200 });
  return (
    <Tooltip label={clipboard.copied ? 'Copied' : label}>
      <ActionIcon aria-label={label} onClick={() => clipboard.copy(value)}>
        {clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}
