// Sets a cookie from within a frame and looks on the next page whether it came along.
const hasAccess = document.hasStorageAccess ? await document.hasStorageAccess() : true;
if (hasAccess) {
  const reach = isSecureContext ? "; SameSite=None; Secure" : "";
  document.cookie = `KEYCLOAK_3P_COOKIE=supported${reach}`;
  location.replace("step2.html");
} else {
  parent.postMessage("unsupported", "*");
}
