# Removes releases but the current one and the one before, and engines that neither of them takes.
# $1: the folder of the app's releases.
set -eu
cd -- "$1"
current=$(readlink current || :) previous=$(readlink previous || :)
for one in releases/*; do
  [ "$one" = "$current" ] || [ "$one" = "$previous" ] || rm -rf -- "$one"
done
for one in engines/*; do
  [ -d "$one" ] || continue
  cat releases/*/.engines 2>/dev/null | grep -qxF -- "${one#engines/}" || rm -rf -- "$one"
done
