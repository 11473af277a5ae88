# One image for all services; the command selects one: python -m producer | detector | sink | dashboard | common.topics.
# Built in stages, so that the result contains neither uv and its cache nor the sample.

FROM python:3.13-slim AS dependencies
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --root-user-action=ignore uv==0.13.9
WORKDIR /app
COPY requirements-runtime.lock .
RUN uv venv --python /usr/local/bin/python .venv \
    && uv pip sync --python .venv/bin/python --require-hashes requirements-runtime.lock \
    && find .venv -type d -name tests -prune -exec rm -rf {} +

FROM python:3.13-slim AS services
# The kernel is compiled for the processor family rather than for this processor: one compilation serves all machines,
# and scores are the same on all of them.
ENV PATH=/app/.venv/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CPU_NAME=generic
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin app \
    && install -d -o app -g app /app/state
WORKDIR /app
COPY --from=dependencies /app/.venv .venv
COPY docker/entrypoint.sh /usr/local/bin/
COPY common common
COPY producer producer
COPY detector detector
COPY sink sink
COPY dashboard dashboard
COPY .streamlit .streamlit
# A checkout with a umask of 077 has files that only their owner may read.
RUN chmod -R go+rX common producer detector sink dashboard .streamlit /usr/local/bin/entrypoint.sh \
    && python -m compileall -q common producer detector sink dashboard

FROM services AS kernel
COPY docker/compile_kernel.py nasdaq/sample* ./build/
RUN NUMBA_CACHE_DIR=/app/numba PYTHONPATH=/app python build/compile_kernel.py build/*.dbn.zst

FROM services
COPY --from=kernel /app/numba numba
USER app
ENTRYPOINT ["entrypoint.sh"]
CMD ["python", "-m", "detector"]
