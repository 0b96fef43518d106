# Makes the release before the current one, and the other way round. $1: the folder of the app's
# releases, $2: the service.
set -eu
root=${T2E_ROOT-}
cd -- "$1" 2>/dev/null || { echo "t2e.rollback=nothing"; exit 0; }
link() { ln -s -- "$1" ".$2.$$" && mv -T -- ".$2.$$" "$2"; }
current=$(readlink current || :) previous=$(readlink previous || :)
if [ -z "$previous" ] || [ ! -d "$previous" ]; then
  echo "t2e.rollback=nothing"
  exit 0
fi
link "$previous" current
[ -z "$current" ] || link "$current" previous
scope=
[ -f "$HOME/.config/systemd/user/$2" ] && scope=user
[ -f "$root/etc/systemd/system/$2" ] && scope=system
[ -z "$scope" ] || control restart "$2"
echo "t2e.from=${current#releases/}"
echo "t2e.rollback=${previous#releases/}"
