/** Users are never deleted. */
const NEVER_DELETED = new Set(['User']);

/**
 * One statement, bulk-safe. `before insert` sends nothing: it runs before an org's own validation rules, so that the
 * test covers the trigger in an org that refuses the test's record (a deployment asks 75 % of every trigger).
 */
export function hookTrigger({
  name,
  object,
  className,
}: {
  name: string;
  object: string;
  className: string;
}): string {
  const events = ['before insert', 'after insert', 'after update'];
  if (!NEVER_DELETED.has(object)) events.push('after delete', 'after undelete');
  return `trigger ${name} on ${object} (${events.join(', ')}) {
    ${className}.tell(
        Trigger.isBefore ? null : (Trigger.isDelete ? Trigger.old : Trigger.new),
        Trigger.isInsert ? 'insert' : (Trigger.isUpdate ? 'update' : (Trigger.isDelete ? 'delete' : 'undelete'))
    );
}
`;
}
