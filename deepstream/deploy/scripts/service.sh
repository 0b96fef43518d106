# What `systemctl` is called as, for a service of the user's or of the system. $scope says which.
control() {
  if [ "$scope" = user ]; then
    systemctl --user "$@"
  elif [ "$(id -u)" = 0 ]; then
    systemctl "$@"
  else
    sudo -n systemctl "$@"
  fi </dev/null
}
# A film that has been played to its end is no failure.
healthy() {
  state=$(control show --property=ActiveState --property=Result "$1")
  case $state in
  *ActiveState=active* | *ActiveState=activating* | *ActiveState=inactive*Result=success* | *Result=success*ActiveState=inactive*)
    return 0
    ;;
  esac
  return 1
}
