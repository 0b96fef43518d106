# Takes a unit file from stdin and has it started at boot. $1: its name, $2: its scope.
set -eu
unit=$1 scope=$2 root=${T2E_ROOT-}
if [ "$scope" = user ]; then
  folder=$HOME/.config/systemd/user
  mkdir -p -- "$folder"
  cat >"$folder/.$unit.$$"
  mv -T -- "$folder/.$unit.$$" "$folder/$unit"
  [ "$(loginctl show-user "$(id -un)" --property=Linger </dev/null)" = Linger=yes ] ||
    loginctl enable-linger </dev/null
else
  as=
  [ "$(id -u)" = 0 ] || as='sudo -n'
  $as tee "$root/etc/systemd/system/.$unit.new" >/dev/null
  $as mv -T -- "$root/etc/systemd/system/.$unit.new" "$root/etc/systemd/system/$unit"
fi
control daemon-reload
control enable "$unit"
