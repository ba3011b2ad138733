import type { ObjectType } from './object-types.ts';
import type { Values } from './records.ts';

/** What a new record has although nobody said so. */
export function completeValues(type: ObjectType, given: Values, userId: string): Values {
  const defaults: Values = {};
  if (type.fields.some(({ name }) => name === 'OwnerId')) defaults['OwnerId'] = userId;
  if (type.name === 'Lead') defaults['Status'] = 'Open - Not Contacted';
  if (type.name === 'Case') defaults['Status'] = 'New';
  if (type.name === 'User') defaults['TimeZoneSidKey'] = 'Europe/Tallinn';
  const values = { ...defaults, ...given };
  return { ...values, ...consequencesOf(type, values) };
}

/** Fields that follow others. */
export function consequencesOf(type: ObjectType, values: Values): Values {
  const result: Values = {};
  if (['Contact', 'Lead', 'User'].includes(type.name)) {
    result['Name'] = [values['FirstName'], values['LastName']].filter(Boolean).join(' ');
  }
  if (type.name === 'Opportunity') {
    const stage = values['StageName'];
    result['IsWon'] = stage === 'Closed Won';
    result['IsClosed'] = stage === 'Closed Won' || stage === 'Closed Lost';
    if (result['IsClosed'] === true) result['Probability'] = result['IsWon'] === true ? 100 : 0;
  }
  return result;
}
