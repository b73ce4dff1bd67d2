// Asks a server what the GraphQL over HTTP specification asks of it: node audits.mjs URL TOKEN
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const fetchFn = (resource, init = {}) =>
  fetch(resource, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });

let missed = 0;
const audits = serverAudits({ url, fetchFn });
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status !== 'ok') {
    missed += 1;
    console.log(`${result.status}: ${audit.id} ${audit.name}: ${result.reason}`);
  }
}
console.log(`${audits.length - missed} of ${audits.length}`);
process.exitCode = missed ? 1 : 0;
