# What a trial run wrote, as a tar stream. $1: the folder of the app's releases, $2: the release.
set -eu
cd -- "$1/releases/$2/out"
tar -c -f - .
