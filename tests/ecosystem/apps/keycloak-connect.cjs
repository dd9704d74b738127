// A web application with keycloak-connect.
const express = require("express");
const session = require("express-session");
const Keycloak = require("keycloak-connect");

const { CLIENT_SECRET, PORT, SERVER } = process.env;
const store = new session.MemoryStore();
const keycloak = new Keycloak(
  { store },
  {
    realm: "demo",
    "auth-server-url": SERVER,
    "ssl-required": "external",
    resource: "app",
    credentials: { secret: CLIENT_SECRET },
    "confidential-port": 0,
  },
);

const show = (response, what) =>
  response.send(`<!doctype html><title>keycloak-connect</title><body><pre>${JSON.stringify(what)}</pre>`);
const app = express();
app.use(session({ secret: "of the cookie", resave: false, saveUninitialized: true, store }));
app.use(keycloak.middleware({ logout: "/logout", admin: "/" }));
app.get("/", (request, response) => show(response, { home: true }));
app.get("/protected", keycloak.protect(), (request, response) => {
  const { content } = request.kauth.grant.access_token;
  show(response, { name: content.preferred_username, token: content.jti });
});
app.get("/users", keycloak.protect("realm:user"), (request, response) => show(response, { users: true }));
app.get("/rulers", keycloak.protect("realm:ruler"), (request, response) => show(response, { rulers: true }));
app.get("/userinfo", keycloak.protect(), async (request, response) => {
  show(response, await keycloak.grantManager.userInfo(request.kauth.grant.access_token));
});
app.listen(Number(PORT), "127.0.0.1");
