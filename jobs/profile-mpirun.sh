# As many ranks as the job has tasks; one that dies ends the others.
launch() {
    [ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    @LAUNCHER@ "$@"
}
