# Runs a release for a while. $1: the folder of the app's releases, $2: the release's name, $3:
# seconds, $4: deepstream-app, $5: the service that gives way meanwhile and $6 its scope, or empty,
# $7: the X display, or empty; then the folders that the app writes to.
set -u
umask 077
cd -- "$1/releases/$2" || exit 1
seconds=$3 app=$4 unit=$5 scope=$6
[ -z "$7" ] || export DISPLAY="$7"
shift 7
if [ -n "$unit" ] && control is-active --quiet "$unit"; then
  trap 'control start "$unit"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  control stop "$unit"
fi
rm -rf out
mkdir -p out "$@"
# deepstream-app looks for keys every 40 ms, and at the end of a file prints a line each time
rm -f .keys && mkfifo .keys || exit 1
timeout -s INT -k 30 "$seconds" "$app" -c app.txt <>.keys 2>&1
echo "t2e.code=$?"
