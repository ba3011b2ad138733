import { notifications } from '@mantine/notifications';
import { messageOf } from '../kernel/words.ts';
import { ApiError } from './client.ts';

/** Tells of a change that failed. */
export function showProblem(error: unknown): void {
  const providerMessage = error instanceof ApiError ? error.providerMessage : undefined;
  notifications.show({
    color: 'red',
    title: 'That did not work',
    message:
      providerMessage === undefined
        ? messageOf(error)
        : `${messageOf(error)} The vendor said: ${providerMessage}`,
    autoClose: 10_000,
  });
}

export function showDone(message: string): void {
  notifications.show({ color: 'teal', message });
}
