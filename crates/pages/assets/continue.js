// Follows the page's own link when everything on the page has loaded, or after five seconds.
const link = document.getElementById("continue");
if (link) {
  const follow = () => location.replace(link.href);
  if (document.readyState === "complete") follow();
  else addEventListener("load", follow);
  setTimeout(follow, 5000);
}
