# buildah with a storage of the project's own: `image_tool …`. The vfs driver needs no file system of its own.
image_tool() {
  buildah --root "${home:?}/storage" --runroot "$home/run" --storage-driver vfs "$@"
}
