# Builds an engine inside a release, or takes one that was built by the same command of the same
# files with the same TensorRT on the same device. $1: the folder of the app's releases, $2: the
# release's name, $3: the key of all that decides the engine, empty if it may not be taken again,
# $4: the engine's file; then the command.
set -eu
umask 077
cd -- "$1"
home=$PWD release=releases/$2 key=$3 engine=$4
shift 4
store=$home/engines/$key
cd "$release"
note() { grep -qxF -- "$key" .engines 2>/dev/null || echo "$key" >>.engines; }
kept() { [ -n "$key" ] && [ -f "$store/engine" ] && (cd "$store" && sha256sum --quiet -c sums) >/dev/null 2>&1; }
if kept; then
  cmp -s "$store/engine" "$engine" || { cp "$store/engine" "$engine.new" && mv "$engine.new" "$engine"; }
  note
  echo t2e.engine=kept
  exit 0
fi
[ -z "$key" ] || rm -rf "$store"
rm -f -- "$engine"
trap 'rm -rf "$home/engines/.new.$key.$$"' EXIT
trap 'rm -f -- "$engine"; exit 1' HUP INT TERM PIPE
code=0
"$@" </dev/null 2>&1 || code=$?
if [ $code -ne 0 ] || [ ! -s "$engine" ]; then
  rm -f -- "$engine"
  echo "t2e.engine=failed $code"
  exit 66
fi
if [ -n "$key" ]; then
  new=$home/engines/.new.$key.$$
  mkdir -p "$new"
  cp -- "$engine" "$new/engine"
  (cd "$new" && sha256sum engine >sums)
  mv -T -- "$new" "$store"
  note
fi
echo t2e.engine=built
