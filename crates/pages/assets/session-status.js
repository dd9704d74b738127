// Answers the application whose page framed this one: "unchanged" while its session is still the browser's, "changed", or "error" when
// it may not ask. It asks with its client id, a blank and its session id.
const allowed = new Map();

function isAllowed(client, origin) {
  const query = new URLSearchParams({ client_id: client, origin }).toString();
  if (!allowed.has(query)) {
    if (allowed.size >= 100) allowed.clear();
    const address = `${location.pathname.replace(/\/$/, "")}/init?${query}`;
    const asked = fetch(address).then((answer) => answer.status === 204);
    asked.catch(() => allowed.delete(query));
    allowed.set(query, asked);
  }
  return allowed.get(query);
}

async function digest(text) {
  const bytes = await crypto.subtle.digest("SHA-384", new TextEncoder().encode(text));
  const letters = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function status(session) {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("KEYCLOAK_SESSION="));
  const stored = cookie?.slice("KEYCLOAK_SESSION=".length).replaceAll('"', "");
  if (!stored || !session) return stored || session ? "changed" : "unchanged";
  // Without https browsers have no digests: then it counts that somebody is signed in.
  if (!crypto.subtle) return "unchanged";
  return (await digest(session)) === stored ? "unchanged" : "changed";
}

addEventListener("message", async ({ data, origin, source }) => {
  if (typeof data !== "string" || !source || source === window || origin === "null") return;
  const [client, session = ""] = data.split(" ");
  let answer = "error";
  try {
    if (client && (await isAllowed(client, origin))) answer = await status(session);
  } catch {
    // It stays an error, and the next question is asked anew.
  }
  source.postMessage(answer, origin);
});
