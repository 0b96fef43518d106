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
# A film that has been played to its end is no failure; `activating` waits to be started again.
healthy() {
  state=$(control show --property=ActiveState --property=Result "$1")
  case $state in
  *ActiveState=active*) return 0 ;;
  *ActiveState=inactive*) case $state in *Result=success*) return 0 ;; esac ;;
  esac
  return 1
}
