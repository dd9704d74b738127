// Who sits at which browser. In memory: a restart signs everybody out here, and one click signs them in again.

import { randomBytes } from 'node:crypto';

const NAME = 'backend_node_session';
const MINUTE = 60_000;

const sessions = new Map();

// Keeps a session under a new name, so that a cookie from before means nothing; the cookie to set.
function insert(kind, value, minutes) {
  const now = Date.now();
  for (const [id, session] of sessions) if (session.ends <= now) sessions.delete(id);
  const id = randomBytes(32).toString('base64url');
  sessions.set(id, { kind, value, ends: now + minutes * MINUTE });
  return `${NAME}=${id}; Path=/; HttpOnly; SameSite=Lax`;
}

function idOf(request) {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
}

function find(request, kind) {
  const session = sessions.get(idOf(request));
  return session?.kind === kind && session.ends > Date.now() ? session.value : undefined;
}

function take(request, kind) {
  const value = find(request, kind);
  sessions.delete(idOf(request));
  return value;
}

export const begin = (underway) => insert('underway', underway, 10);
export const finish = (request) => take(request, 'underway');
export const signIn = (person) => insert('person', person, 8 * 60);
export const person = (request) => find(request, 'person');
export const signOut = (request) => take(request, 'person');
