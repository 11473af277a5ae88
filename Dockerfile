# One image for every service; the command chooses which: python -m producer | detector | sink | common.topics, or the
# dashboard. Built in two stages, so that neither uv nor its cache is in the result.

FROM python:3.13-slim AS dependencies
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --root-user-action=ignore uv==0.13.9
WORKDIR /app
COPY requirements-runtime.lock .
RUN uv venv --python /usr/local/bin/python .venv \
    && uv pip sync --python .venv/bin/python --require-hashes requirements-runtime.lock \
    && find .venv -type d -name tests -prune -exec rm -rf {} +

FROM python:3.13-slim
ENV PATH=/app/.venv/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    # One portable compilation of the kernel for every machine, so that scores do not depend on the processor.
    NUMBA_CPU_NAME=generic
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin app \
    && install -d -o app -g app /app/state
WORKDIR /app
COPY --from=dependencies /app/.venv .venv
COPY docker-entrypoint.sh /usr/local/bin/
COPY common common
COPY producer producer
COPY detector detector
COPY sink sink
COPY dashboard dashboard
RUN python -m compileall -q common producer detector sink dashboard
USER app
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["python", "-m", "detector"]
