// The first example of express-openid-connect's manual: every page is for those who are signed in, by an ID token that the browser posts.
const express = require("express");
const { auth } = require("express-openid-connect");

const { BASE, ISSUER, PORT } = process.env;
const app = express();
app.use(
  auth({
    issuerBaseURL: ISSUER,
    baseURL: BASE,
    clientID: "app",
    secret: "a long random string for the cookie of the application",
    idpLogout: true,
  }),
);
app.get("/", (request, response) => {
  const who = JSON.stringify(request.oidc.user);
  response.send(`<!doctype html><title>express-openid-connect</title><body><pre>${who}</pre>`);
});
app.listen(Number(PORT), "127.0.0.1");
