# Makes a release the current one at once, and starts it anew where it is a service; where that
# does not stay up the release before is put back. $1: the folder of the app's releases, $2: the
# release's name, $3: the service or empty, $4: its scope.
set -eu
cd -- "$1"
link() { ln -s -- "$1" ".$2.$$" && mv -T -- ".$2.$$" "$2"; }
unit=$3 scope=$4
before=$(readlink current || :)
last=$(readlink previous || :)
[ -d "releases/$2" ]
if [ "$before" != "releases/$2" ]; then
  [ -z "$before" ] || link "$before" previous
  link "releases/$2" current
fi
[ -n "$unit" ] || exit 0
code=0
control restart "$unit" && sleep "${T2E_SETTLE-3}" && healthy "$unit" || code=$?
[ $code -ne 0 ] || exit 0
control status --no-pager --lines=20 "$unit" || :
if [ -n "$before" ] && [ "$before" != "releases/$2" ]; then
  link "$before" current
  [ -z "$last" ] || link "$last" previous
  control restart "$unit" || :
  echo t2e.back="$before"
fi
exit 67
