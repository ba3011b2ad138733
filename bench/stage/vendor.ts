/*
 * A Pipedrive in which nothing happens: it knows every token (`t7` is company 7) and has no record. What an instance
 * needs to be created and polled costs next to nothing here, so that what is measured is Tidings.
 */
import { createServer, type Server } from 'node:http';

const EMPTY_V1 = {
  success: true,
  data: [],
  additional_data: {
    last_timestamp_on_page: null,
    pagination: { start: 0, limit: 500, more_items_in_collection: false },
  },
};
const EMPTY_V2 = JSON.stringify({ success: true, data: [], additional_data: { next_cursor: null } });

export function createIdleVendor(): Server {
  return createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    const path = request.url ?? '';
    const company = Number(String(request.headers['x-api-token']).slice(1));
    if (path.startsWith('/api/v1/users/me')) response.end(JSON.stringify(userOf(company)));
    else if (path.startsWith('/api/v2/')) response.end(EMPTY_V2);
    else response.end(JSON.stringify(EMPTY_V1));
  });
}

function userOf(company: number): object {
  return {
    success: true,
    data: {
      id: 1,
      company_id: company,
      company_name: `Company ${company}`,
      company_domain: `company-${company}`,
      timezone_name: 'Etc/UTC',
      is_admin: 1,
    },
  };
}
