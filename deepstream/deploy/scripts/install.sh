# Takes a unit file from stdin and has it started at boot. $1: its name, $2: its scope.
set -eu
unit=$1 scope=$2 root=${T2E_ROOT-}
lingers() { [ "$(loginctl show-user "$(id -un)" --property=Linger </dev/null)" = Linger=yes ]; }
if [ "$scope" = user ]; then
  # one's own lingering takes no rights since systemd 249 (JetPack 6), before it an administrator's
  lingers || loginctl enable-linger </dev/null ||
    sudo -n loginctl enable-linger "$(id -un)" </dev/null
  lingers
  folder=$HOME/.config/systemd/user
  mkdir -p -- "$folder"
  cat >"$folder/.$unit.$$"
  mv -T -- "$folder/.$unit.$$" "$folder/$unit"
else
  as=
  [ "$(id -u)" = 0 ] || as='sudo -n'
  $as tee "$root/etc/systemd/system/.$unit.new" >/dev/null
  $as mv -T -- "$root/etc/systemd/system/.$unit.new" "$root/etc/systemd/system/$unit"
fi
control daemon-reload
control enable "$unit"
