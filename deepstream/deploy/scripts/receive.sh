# Takes a release as a tar stream. $1: the folder of the app's releases, $2: the release's name,
# $3: the digest of its list of files. What is there under that name gives way to what was checked.
set -eu
umask 077
mkdir -p -- "$1/releases"
cd -- "$1/releases"
find . -maxdepth 1 -name '.new.*' -mmin +120 -exec rm -rf {} +
new=.new.$2.$$
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM PIPE
mkdir "$new"
tar -x -o -f - -C "$new"
sums=$(sha256sum <"$new/.sums")
if [ "${sums%% *}" != "$3" ] || ! (cd "$new" && sha256sum --quiet -c .sums 1>&2); then
  echo 'what arrived is not what was sent' >&2
  exit 65
fi
[ ! -e "$2" ] || mv -T -- "$2" ".old.$2.$$"
mv -T -- "$new" "$2"
rm -rf ".old.$2.$$"
