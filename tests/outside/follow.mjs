// Follows decisions with the reference client of graphql-over-SSE: node follow.mjs URL TOKEN AFTER COUNT
import { createClient } from 'graphql-sse';

const [url, token, after, count] = process.argv.slice(2);
const client = createClient({
  url,
  headers: { authorization: `Bearer ${token}` },
  retryAttempts: 0,
});

const one = client.iterate({ query: '{ __typename }' });
for await (const result of one) console.log(JSON.stringify(result.data));

const refused = client.iterate({ query: 'subscription { nothing }' });
for await (const result of refused) console.log(result.errors[0].extensions.code);

const seqs = [];
const followed = client.iterate({
  query: 'subscription F($after: SequenceNumber) { decisionRecorded(after: $after) { seq outcome } }',
  variables: { after: Number(after) },
});
for await (const result of followed) {
  if (result.errors) throw new Error(JSON.stringify(result.errors));
  seqs.push(result.data.decisionRecorded.seq);
  if (seqs.length === Number(count)) break;
}
console.log(seqs.join(' '));
client.dispose();
