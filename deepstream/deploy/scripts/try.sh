# Runs a release for a while. $1: the folder of the app's releases, $2: the release's name, $3:
# seconds, $4: deepstream-app, $5: the service that gives way meanwhile and $6 its scope, or empty;
# then the folders that the app writes to.
set -u
umask 077
cd -- "$1/releases/$2" || exit 1
seconds=$3 app=$4 unit=$5 scope=$6
shift 6
if [ -n "$unit" ] && control is-active --quiet "$unit"; then
  trap 'control start "$unit"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  control stop "$unit"
fi
rm -rf out
mkdir -p out "$@"
timeout -s INT -k 30 "$seconds" "$app" -c app.txt </dev/null 2>&1
echo "t2e.code=$?"
