// A web page with "Sign in" and an API that checks bearer tokens: what an application does with an OpenID provider.
// sign-in.js is the page's side (authorization code flow with PKCE), api.js the API's (JWKS, issuer, audience).

import { createServer } from 'node:http';

import { greeting } from './api.js';
import { failure, home, me } from './page.js';
import { settings } from './settings.js';
import { callback, logout, start } from './sign-in.js';

const routes = {
  '/': home,
  '/login': start,
  '/callback': callback,
  '/me': me,
  '/logout': logout,
  '/api/greeting': greeting,
};

const server = createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  try {
    if (!route) response.writeHead(404).end();
    else if (request.method !== 'GET') response.writeHead(405, { allow: 'GET' }).end();
    else await route(request, response);
  } catch (error) {
    console.error('sign-in failed:', error);
    if (!response.headersSent) failure(response, error);
    else response.destroy();
  }
});

server.listen(settings.port, '127.0.0.1', () => {
  console.log(`http://localhost:${settings.port} signs in at ${settings.issuer}`);
});
