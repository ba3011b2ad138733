/**
 * Objects every org may have (Object Reference for the Salesforce Platform, read 2026-11), so that `event.objects` and
 * URLs may say `cases` or `CASE`. Any other object is taken by the name given.
 */
const STANDARD_OBJECTS = `
  Account AccountContactRelation Asset Attachment Campaign CampaignMember Case CaseComment Contact ContentDocument
  ContentVersion Contract Event Lead Note Opportunity OpportunityContactRole OpportunityLineItem Order OrderItem
  Pricebook2 PricebookEntry Product2 Quote QuoteLineItem RecordType ServiceContract Solution Task User WorkOrder
`
  .trim()
  .split(/\s+/);

const byKey = new Map(STANDARD_OBJECTS.map((name) => [singular(name), name]));

/** The vendor's spelling of an object's name; undefined for what can be none. Custom names stay as they are. */
export function objectName(name: string): string | undefined {
  if (!/^[A-Za-z]\w{0,79}$/.test(name)) return undefined;
  return byKey.get(singular(name)) ?? name;
}

function singular(name: string): string {
  return name.toLowerCase().replace(/ies$/, 'y').replace(/s$/, '');
}
