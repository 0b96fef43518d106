# Tells of every folder of releases that is named, or of all in t2e/, what runs there.
root=${T2E_ROOT-}
[ $# -gt 0 ] || set -- t2e/*
for place in "$@"; do
  [ -L "$place/current" ] || continue
  name=${place##*/}
  current=$(readlink "$place/current") previous=$(readlink "$place/previous")
  printf 't2e.place=%s\n' "$place"
  printf 't2e.release=%s\n' "${current#releases/}"
  printf 't2e.previous=%s\n' "${previous#releases/}"
  printf 't2e.since=%s\n' "$(stat -c %Y -- "$place/current")"
  unit=t2e-$(printf %s "$name" | LC_ALL=C tr -c 'A-Za-z0-9._-' _).service scope=
  [ -f "$HOME/.config/systemd/user/$unit" ] && scope=user
  [ -f "$root/etc/systemd/system/$unit" ] && scope=system
  if [ -n "$scope" ]; then
    printf 't2e.service=%s %s\n' "$scope" "$(control is-active "$unit" 2>&1)"
  fi
  real=$(cd -- "$place/current" 2>/dev/null && pwd -P)
  for process in /proc/[0-9]*; do
    [ -n "$real" ] && [ "$(readlink "$process/cwd" 2>/dev/null)" = "$real" ] &&
      printf 't2e.process=%s %s\n' "${process#/proc/}" "$(tr '\000' ' ' <"$process/cmdline" 2>/dev/null)"
  done
done
printf 't2e.done=yes\n'
