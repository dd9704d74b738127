// The page's side: authorization code flow with PKCE, and signing out at the provider too.

import * as oidc from 'openid-client';

import { baseUrl, settings } from './settings.js';
import * as sessions from './sessions.js';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

// The provider, asked for once, when somebody first signs in: the two may start in any order.
let found;

async function provider() {
  found ??= discover().catch((error) => {
    found = undefined;
    throw error;
  });
  return found;
}

function discover() {
  const issuer = new URL(settings.issuer);
  // Without TLS only on this machine.
  const plain = issuer.protocol === 'http:' && LOOPBACK.includes(issuer.hostname);
  const execute = plain ? [oidc.allowInsecureRequests] : [];
  return oidc.discovery(issuer, settings.clientId, settings.clientSecret, oidc.ClientSecretBasic(settings.clientSecret), { execute });
}

// GET /login: to the provider.
export async function start(request, response) {
  const config = await provider();
  const underway = {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier: oidc.randomPKCECodeVerifier(),
    // The same address must be named when the code is exchanged.
    redirectUri: `${baseUrl(request)}/callback`,
  };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: underway.redirectUri,
    scope: 'openid profile email',
    state: underway.state,
    nonce: underway.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(underway.verifier),
    code_challenge_method: 'S256',
  });
  response.writeHead(303, { location: url.href, 'set-cookie': sessions.begin(underway) }).end();
}

// GET /callback: from the provider.
export async function callback(request, response) {
  const underway = sessions.finish(request);
  if (!underway) throw new Error('this browser began no sign-in here');
  const answer = new URL(underway.redirectUri);
  answer.search = request.url.split('?').slice(1).join('?');
  const tokens = await oidc.authorizationCodeGrant(await provider(), answer, {
    expectedState: underway.state,
    expectedNonce: underway.nonce,
    pkceCodeVerifier: underway.verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  const cookie = sessions.signIn({
    name: claims.name ?? claims.preferred_username ?? claims.sub,
    claims,
    idToken: tokens.id_token,
  });
  response.writeHead(303, { location: '/me', 'set-cookie': cookie }).end();
}

// GET /logout: out here, and to the provider to be out there.
export async function logout(request, response) {
  const person = sessions.signOut(request);
  const config = await provider();
  let location = '/';
  if (person && config.serverMetadata().end_session_endpoint) {
    const parameters = { id_token_hint: person.idToken, post_logout_redirect_uri: `${baseUrl(request)}/` };
    location = oidc.buildEndSessionUrl(config, parameters).href;
  }
  response.writeHead(303, { location }).end();
}
