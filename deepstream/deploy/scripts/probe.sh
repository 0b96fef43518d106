# Looks at a device and changes nothing. $1: the folder of the app's releases, $2: the release's
# name, $3: the digest of its list of files, $4: the name of the service.
# T2E_ROOT stands before every path outside of the home, for devices that are looked at from outside.
root=${T2E_ROOT-}
say() { printf 't2e.%s=%s\n' "$1" "$2"; }
words() { tr -d '\000\r' 2>/dev/null | head -n 1; }
found() { command -v "$1" 2>/dev/null || { [ -x "$root$2" ] && echo "$root$2"; }; }

say home "$HOME"
say user "$(id -un)"
say root "$([ "$(id -u)" = 0 ] && echo yes)"
say machine "$(uname -m)"
[ -r "$root/proc/device-tree/model" ] && say model "$(words <"$root/proc/device-tree/model")"
[ -r "$root/etc/nv_tegra_release" ] && say l4t "$(words <"$root/etc/nv_tegra_release")"
gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null </dev/null) &&
  say gpu "$(printf '%s\n' "$gpu" | words)"
if command -v dpkg-query >/dev/null 2>&1; then
  say jetpack "$(dpkg-query -W -f='${Version}' nvidia-jetpack 2>/dev/null | words)"
  say tensorrt "$(dpkg-query -W -f='${db:Status-Abbrev} ${Version}\n' 'libnvinfer[0-9]*' 2>/dev/null |
    sed -n 's/^ii *//p' | words)"
fi

sdk=$root/opt/nvidia/deepstream/deepstream
[ -r "$sdk/version" ] && say deepstream "$(sed -n 's/^Version: *//p' "$sdk/version" | words)"
app=$(found deepstream-app /usr/bin/deepstream-app)
say deepstream_app "$app"
if [ -n "$app" ]; then
  timeout 30 "$app" --version-all 2>/dev/null </dev/null | while IFS= read -r line; do
    case $line in
    'DeepStreamSDK '*) say sdk "${line#DeepStreamSDK }" ;;
    'CUDA Runtime Version: '*) say cuda "${line#CUDA Runtime Version: }" ;;
    'TensorRT Version: '*) say sdk_tensorrt "${line#TensorRT Version: }" ;;
    esac
  done
fi
say trtexec "$(found trtexec /usr/src/tensorrt/bin/trtexec)"
for tool in tar sha256sum timeout stat mv; do
  command -v "$tool" >/dev/null 2>&1 || say missing "$tool"
done

place=$1
while [ ! -d "$place" ]; do
  up=$(dirname -- "$place")
  [ "$up" = "$place" ] && break
  place=$up
done
say free_kib "$(df -Pk -- "$place" 2>/dev/null | awk 'NR == 2 { print $4 }')"
[ -w "$place" ] || say unwritable "$place"

release=$1/releases/$2
if [ -d "$release" ]; then
  sums=$(sha256sum <"$release/.sums" 2>/dev/null)
  if [ "${sums%% *}" = "$3" ] && (cd "$release" && sha256sum -c .sums >/dev/null 2>&1); then
    say release whole
  else
    say release broken
  fi
fi
say current "$(readlink "$1/current")"

[ -f "$HOME/.config/systemd/user/$4" ] && say unit user
[ -f "$root/etc/systemd/system/$4" ] && say unit system
if command -v systemctl >/dev/null 2>&1; then
  systemctl --user show --property=Version >/dev/null 2>&1 </dev/null && say user_manager yes
  say linger "$(loginctl show-user "$(id -un)" --property=Linger 2>/dev/null </dev/null |
    sed -n 's/^Linger=//p')"
  if [ "$(id -u)" = 0 ]; then say sudo yes; elif sudo -n true >/dev/null 2>&1 </dev/null; then
    say sudo yes
  fi
fi
say done yes
