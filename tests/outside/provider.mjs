// An OpenID provider on this machine, with people and a service who sign in to it: node provider.mjs
//
// It is steered by lines of JSON on standard input and answers each with one; the first says where it is.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Provider, { interactionPolicy } from 'oidc-provider';
import * as oidc from 'openid-client';

// Standard output is for answers; what the provider has to say goes where complaints go.
console.log = console.info = console.error;

const AUDIENCE = 'behorig';
const RESOURCE = 'urn:behorig';
// How long the browser waits for an answer, in milliseconds.
const PATIENCE = 30_000;
const CALLBACK = 'https://frontend.test/callback';
// What a sign-in by each acr is made of.
const METHODS = {
  'http://id.sambi.se/loa/loa2': ['pwd'],
  'http://id.sambi.se/loa/loa3': ['sc', 'pin'],
  'urn:provider:loa4': ['urn:provider:card'],
};
const WEAK = 'http://id.sambi.se/loa/loa2';

// ---- keys

let generation = 0;
const pair = () => {
  generation += 1;
  const jwk = (key, alg) =>
    Object.assign(key.privateKey.export({ format: 'jwk' }), {
      alg,
      use: 'sig',
      kid: `${alg}-${generation}`,
    });
  return [
    jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'),
    jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'),
  ];
};
const pairs = [pair()];
let signing = pairs[0];
let algorithm = 'ES256';
const ofService = generateKeyPairSync('ec', { namedCurve: 'P-256' });

// ---- the provider

const policy = interactionPolicy.base();
policy.get('login').checks.add(
  new interactionPolicy.Check('acr_values', 'another sign-in was asked for', (ctx) => {
    const wanted = ctx.oidc.params.acr_values;
    return wanted !== undefined && !wanted.split(' ').includes(ctx.oidc.acr);
  }),
);

let issuer;
let jwksPath = '/jwks';
const provider = () => {
  const made = new Provider(issuer, {
    jwks: { keys: pairs.flat() },
    routes: { jwks: jwksPath },
    acrValues: Object.keys(METHODS),
    clientDefaults: { id_token_signed_response_alg: algorithm },
    clients: [
      {
        client_id: 'frontend',
        token_endpoint_auth_method: 'none',
        redirect_uris: [CALLBACK],
      },
      {
        client_id: 'server-login',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [ofService.publicKey.export({ format: 'jwk' })] },
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          audience: AUDIENCE,
          scope: '',
          accessTokenFormat: 'jwt',
          jwt: {
            sign: { alg: algorithm, kid: signing.find((key) => key.alg === algorithm).kid },
          },
        }),
      },
    },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ['a key for tests'] },
    ttl: {
      AccessToken: 3600,
      ClientCredentials: 3600,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 600,
      Session: 3600,
    },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new made.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    // What RFC 9068 asks an access token to tell of the sign-in, and whose it is.
    extraTokenClaims: (ctx, token) => {
      const code = ctx.oidc.entities.AuthorizationCode;
      if (token.kind !== 'AccessToken' || !code) return undefined;
      return {
        employeeHsaId: token.accountId,
        acr: code.acr,
        amr: code.amr,
        auth_time: code.authTime,
      };
    },
  });
  made.on('server_error', (_ctx, error) => console.error(error));
  return made;
};

// How long ago somebody had signed in who is not asked to do it again.
let age = 0;

const interact = async (request, response) => {
  const { params } = await current.interactionDetails(request, response);
  const acr = (params.acr_values ?? '').split(' ').find((one) => one in METHODS) ?? WEAK;
  const now = Math.floor(Date.now() / 1000);
  const ts = params.max_age === undefined ? now - age : now;
  const login = { accountId: params.login_hint, acr, amr: METHODS[acr], ts };
  await current.interactionFinished(request, response, { login });
};

// ---- its server

let connections = 0;
const waiting = [];
let away = false;
let current;
const server = createServer((request, response) => {
  const path = new URL(request.url, issuer).pathname;
  // A connection that is kept would outlive the provider.
  response.setHeader('connection', 'close');
  if (path === jwksPath) {
    for (const one of waiting.splice(0)) one();
  }
  if (path.startsWith('/interaction/')) {
    interact(request, response).catch((error) => {
      console.error(error);
      response.writeHead(500).end();
    });
  } else {
    current.callback()(request, response);
  }
});
server.on('connection', (socket) => {
  connections += 1;
  if (away) socket.destroy();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
issuer = `http://127.0.0.1:${port}`;
current = provider();

// ---- those who sign in

const insecure = { execute: [oidc.allowInsecureRequests] };

// A browser that follows redirects and keeps cookies, until it is sent back to the frontend.
class Browser {
  cookies = new Map();

  async follow(url) {
    for (let hops = 0; hops < 12; hops += 1) {
      if (url.href.startsWith(CALLBACK)) return url;
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(url, {
        redirect: 'manual',
        headers: { cookie },
        signal: AbortSignal.timeout(PATIENCE),
      });
      for (const set of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
        if (value) this.cookies.set(name, value);
        else this.cookies.delete(name);
      }
      const next = answer.headers.get('location');
      if (!next) throw new Error(`${answer.status} at ${url}: ${await answer.text()}`);
      url = new URL(next, url);
    }
    throw new Error('redirected in circles');
  }
}

// A person at a frontend: authorization code with PKCE (RFC 7636), for this resource (RFC 8707).
const signIn = async (browser, hsaId, wanted = {}) => {
  const config = await oidc.discovery(
    new URL(issuer),
    'frontend',
    { id_token_signed_response_alg: algorithm },
    oidc.None(),
    insecure,
  );
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    resource: RESOURCE,
    login_hint: hsaId,
    state: expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...wanted,
  });
  const back = await browser.follow(url);
  const checks = { pkceCodeVerifier, expectedState, idTokenExpected: true };
  const tokens = await oidc.authorizationCodeGrant(config, back, checks, { resource: RESOURCE });
  return tokens.access_token;
};

// A service: client credentials, authenticated by a signed assertion (RFC 7523).
const authenticate = async () => {
  const key = await crypto.subtle.importKey(
    'pkcs8',
    ofService.privateKey.export({ format: 'der', type: 'pkcs8' }),
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  );
  const config = await oidc.discovery(
    new URL(issuer),
    'server-login',
    {},
    oidc.PrivateKeyJwt(key),
    insecure,
  );
  const tokens = await oidc.clientCredentialsGrant(config, { resource: RESOURCE });
  return tokens.access_token;
};

// The parameters of a challenge for bearer tokens.
const challengeOf = (header) => {
  if (!header?.startsWith('Bearer ')) return {};
  const parts = header.matchAll(/([a-z_]+)="([^"]*)"/g);
  return Object.fromEntries([...parts].map(([, name, value]) => [name, value]));
};

// A frontend that does what the challenge says (RFC 9470, section 4) and tries again.
const insist = async ({ url, hsaId, document, variables, wanted }) => {
  const browser = new Browser();
  let token = await signIn(browser, hsaId, wanted);
  const steps = [];
  for (let tries = 0; tries < 3; tries += 1) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/graphql-response+json',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query: document, variables }),
    });
    const challenge = challengeOf(answer.headers.get('www-authenticate'));
    steps.push({ status: answer.status, challenge, body: await answer.json() });
    if (challenge.error !== 'insufficient_user_authentication') break;
    const { acr_values, max_age } = challenge;
    const asked = Object.entries({ acr_values, max_age }).filter(([, value]) => value !== undefined);
    token = await signIn(browser, hsaId, Object.fromEntries(asked));
  }
  return { steps };
};

// ---- what can be asked of it

const commands = {
  person: async ({ hsaId, wanted }) => ({ token: await signIn(new Browser(), hsaId, wanted) }),
  service: async () => ({ token: await authenticate() }),
  insist,
  set: (wanted) => {
    if (wanted.age !== undefined) age = wanted.age;
    if (wanted.algorithm) algorithm = wanted.algorithm;
    current = provider();
  },
  // Publishes a further pair of keys, which signs nothing yet.
  publish: () => {
    pairs.push(pair());
    current = provider();
  },
  sign: () => {
    signing = pairs.at(-1);
    current = provider();
  },
  withdraw: () => {
    pairs.splice(0, pairs.length - 1);
    current = provider();
  },
  moveKeys: () => {
    jwksPath = '/moved';
    current = provider();
  },
  hangUp: () => {
    away = true;
    server.closeAllConnections();
  },
  leave: async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  },
  come: async () => {
    away = false;
    if (server.listening) return;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  },
  asked: () => ({ connections }),
  // Waits until keys have been asked for so many times more.
  wait: async ({ times }) => {
    for (let time = 0; time < times; time += 1) {
      await new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('nobody asks for the keys')), 60_000);
        waiting.push(() => {
          clearTimeout(late);
          resolve();
        });
      });
    }
  },
};

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ issuer });
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...given } = JSON.parse(line);
  try {
    say((await commands[command](given)) ?? {});
  } catch (error) {
    say({ error: `${error.stack}: ${JSON.stringify(error.cause ?? error.error ?? null)}` });
  }
}
process.exit(0);
