// The few pages of this application.

import * as sessions from './sessions.js';

// GET /
export function home(request, response) {
  const person = sessions.person(request);
  const body = person
    ? `<h1>Hello, ${escape(person.name)}</h1><p><a href="/me">About you</a></p>`
    : '<h1>Backend</h1><p>You are not signed in.</p><p><a id="sign-in" href="/login">Sign in</a></p>';
  send(response, 200, body);
}

// GET /me: who you are, as the provider says.
export function me(request, response) {
  const person = sessions.person(request);
  if (!person) return response.writeHead(303, { location: '/login' }).end();
  const rows = Object.entries(person.claims).map(([claim, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `<tr><th>${escape(claim)}</th><td>${escape(text)}</td></tr>`;
  });
  const signOut = '<p><a id="sign-out" href="/logout">Sign out</a></p>';
  send(response, 200, `<h1>Hello, ${escape(person.name)}</h1><table>${rows.join('')}</table>${signOut}`);
}

// Why nobody is signed in.
export function failure(response, error) {
  const reasons = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message);
  send(response, 400, `<h1>Not signed in</h1><p>${escape(reasons.join(': '))}</p><p><a href="/login">Try again</a></p>`);
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Backend</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body{font:1rem/1.5 system-ui;max-width:44rem;margin:4rem auto;padding:0 1rem}
th{text-align:left;padding-right:1.5rem;vertical-align:top}td{overflow-wrap:anywhere}</style>
</head><body>${body}</body></html>`,
  );
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
