// The API's side: a bearer token is checked here, with the provider's public keys, without asking the provider about it.

import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

import { settings } from './settings.js';

// Whom a token must be meant for.
const AUDIENCE = 'backend';

// What a provider signs with. No shared secrets: HS256 with a public key as the secret is an old trick.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

// Reads the keys when a token first needs them, and again when one names a key that is not there.
let found;

async function keys() {
  found ??= look().catch((error) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function look() {
  const url = `${settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  const provider = await answer.json();
  if (provider.issuer !== settings.issuer) throw new Error(`${url} is about ${provider.issuer}`);
  return createRemoteJWKSet(new URL(provider.jwks_uri), { cooldownDuration: 10_000 });
}

// Who the token is about; throws jose's errors when it is not good.
async function check(token) {
  const { payload } = await jwtVerify(token, await keys(), {
    issuer: settings.issuer,
    audience: AUDIENCE,
    algorithms: ALGORITHMS,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: 5,
  });
  // An ID token has the same issuer and may have the same audience, but it opens no door.
  if (payload.typ !== 'Bearer') throw new errors.JWTClaimValidationFailed('it is no access token', payload, 'typ');
  return payload;
}

// GET /api/greeting: greets whoever the bearer token is about.
export async function greeting(request, response) {
  const token = /^bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!token) return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
  try {
    const claims = await check(token);
    const name = claims.name ?? claims.preferred_username ?? claims.sub;
    json(response, 200, { message: `Hello, ${name}` });
  } catch (error) {
    console.error('token refused:', error.message);
    if (isTheProviders(error)) return response.writeHead(503).end();
    json(response, 401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' });
  }
}

// Whether the provider could not be asked, rather than the token being wrong.
function isTheProviders(error) {
  return !(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC';
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
