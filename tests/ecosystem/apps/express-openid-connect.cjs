// A web application with express-openid-connect.
const express = require("express");
const { auth, requiresAuth } = require("express-openid-connect");

const { BASE, CLIENT_SECRET, ISSUER, PORT } = process.env;
const show = (response, what) =>
  response.send(`<!doctype html><title>express-openid-connect</title><body><pre>${JSON.stringify(what)}</pre>`);
const app = express();
app.use(
  auth({
    issuerBaseURL: ISSUER,
    baseURL: BASE,
    clientID: "app",
    clientSecret: CLIENT_SECRET,
    secret: "a long random string for the cookie of the application",
    authRequired: false,
    idpLogout: true,
    authorizationParams: { response_type: "code", scope: "openid profile email" },
  }),
);
app.get("/", (request, response) => show(response, { signedIn: request.oidc.isAuthenticated() }));
app.get("/me", requiresAuth(), async (request, response) => show(response, await request.oidc.fetchUserInfo()));
app.get("/refresh", requiresAuth(), async (request, response) => {
  const before = request.oidc.accessToken.access_token;
  const { access_token: after } = await request.oidc.accessToken.refresh();
  show(response, { another: after !== before });
});
app.listen(Number(PORT), "127.0.0.1");
