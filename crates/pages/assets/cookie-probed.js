// Tells the application that framed this page whether the cookie of the page before came along. It is no secret.
const isThere = document.cookie.split("; ").includes("KEYCLOAK_3P_COOKIE=supported");
const reach = isSecureContext ? "; SameSite=None; Secure" : "";
document.cookie = `KEYCLOAK_3P_COOKIE=${reach}; Max-Age=0`;
parent.postMessage(isThere ? "supported" : "unsupported", "*");
