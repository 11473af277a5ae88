#!/bin/sh
# Copies the kernel that was compiled into the image to where numba, which insists on a writable folder, reads it.
set -eu
if [ -d /app/numba ]; then
    export NUMBA_CACHE_DIR="${TMPDIR:-/tmp}/numba"
    [ -d "$NUMBA_CACHE_DIR" ] || cp -R /app/numba "$NUMBA_CACHE_DIR"
fi
exec "$@"
