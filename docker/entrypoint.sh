#!/bin/sh
# Copies the kernel compiled into the image to a writable folder, which numba requires for its cache.
set -eu
if [ -d /app/numba ]; then
    export NUMBA_CACHE_DIR="${TMPDIR:-/tmp}/numba"
    [ -d "$NUMBA_CACHE_DIR" ] || cp -R /app/numba "$NUMBA_CACHE_DIR"
fi
exec "$@"
