// What the environment says. A provider with a certificate of its own making: NODE_EXTRA_CA_CERTS=ca.pem.

const { env } = process;

export const settings = {
  issuer: new URL(env.OIDC_ISSUER || 'http://localhost:8080/realms/demo').href,
  clientId: env.OIDC_CLIENT_ID || 'backend-node',
  clientSecret: env.OIDC_CLIENT_SECRET || 'backend-secret',
  port: Number(env.PORT || 3001),
};

if (!Number.isInteger(settings.port)) throw new Error('PORT is no number');

// Where this application is, as the browser names it: either name of this machine, and nothing else.
export function baseUrl(request) {
  const other = `127.0.0.1:${settings.port}`;
  return request.headers.host === other ? `http://${other}` : `http://localhost:${settings.port}`;
}
