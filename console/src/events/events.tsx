import { PageTitle } from '../kernel/states.tsx';
import { EventList } from './event-list.tsx';

/** Every event of every instance, live. */
export function Component() {
  return (
    <>
      <PageTitle title="Events" hint="Every change that was found, newest first." />
      <EventList />
    </>
  );
}
