// A web application with openid-client: one person at a time.
import http from "node:http";
import * as client from "openid-client";

const { BASE, CLIENT_SECRET, ISSUER, PORT } = process.env;
const config = await client.discovery(new URL(ISSUER), "app", CLIENT_SECRET);
let checks;
let tokens;

const routes = {
  async "/login"() {
    const verifier = client.randomPKCECodeVerifier();
    checks = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
    return client.buildAuthorizationUrl(config, {
      redirect_uri: `${BASE}/callback`,
      scope: "openid email",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    });
  },
  async "/callback"(url) {
    tokens = await client.authorizationCodeGrant(config, url, checks);
    return new URL(`${BASE}/me`);
  },
  async "/me"() {
    return await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  },
  async "/introspect"() {
    return await client.tokenIntrospection(config, tokens.access_token);
  },
  async "/refresh"() {
    const before = tokens.access_token;
    tokens = await client.refreshTokenGrant(config, tokens.refresh_token);
    return { another: tokens.access_token !== before };
  },
  async "/revoke"() {
    await client.tokenRevocation(config, tokens.refresh_token);
    return { revoked: true };
  },
  async "/logout"() {
    return client.buildEndSessionUrl(config, {
      post_logout_redirect_uri: `${BASE}/bye`,
      id_token_hint: tokens.id_token,
    });
  },
  async "/bye"() {
    return { bye: true };
  },
};

http
  .createServer(async (request, response) => {
    const url = new URL(request.url, BASE);
    let answer;
    try {
      answer = (await routes[url.pathname]?.(url)) ?? { error: "no such page" };
    } catch (error) {
      answer = { error: error.error ?? error.code ?? error.message, cause: String(error.cause ?? "") };
    }
    if (answer instanceof URL) {
      response.writeHead(302, { location: answer.href }).end();
    } else {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(`<!doctype html><title>openid-client</title><body><pre>${JSON.stringify(answer)}</pre>`);
    }
  })
  .listen(Number(PORT), "127.0.0.1");
