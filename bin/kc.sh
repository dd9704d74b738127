#!/usr/bin/env bash
# Keycloak's command lines, word for word: runs postern with the same words.
#
# The program is the one that POSTERN names, the one beside this file, the one on the PATH, or the one that cargo built in this repository.
# Like Keycloak's own kc.sh, `conf` and `data` are beside the folder of this file, unless KC_HOME_DIR says otherwise or it is installed
# in a folder of the system.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
find_program() {
  local candidate
  for candidate in "${POSTERN:-}" "$here/postern" "$(command -v postern || true)" "$here"/../target/{release,debug}/postern; do
    if [ -n "$candidate" ] && [ -x "$candidate" ] && [ ! -d "$candidate" ]; then echo "$candidate"; return; fi
  done
  echo "kc.sh: there is no postern beside $here/kc.sh or on the PATH; build it: cargo build --release" >&2
  exit 2
}
program=$(find_program)
case $here in
  /bin | /usr/bin | /usr/local/bin | /opt/bin) ;;
  *) export KC_HOME_DIR="${KC_HOME_DIR:-$(dirname "$here")}" ;;
esac
exec "$program" "$@"
