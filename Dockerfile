# The base is any image with Python 3.11+ and its venv module: python:3.13-slim, or a plain Debian with python3-venv.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /src
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/firetime
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/build.txt requirements/image.txt requirements/
RUN /opt/build/bin/pip install --require-hashes -r requirements/build.txt \
 && /opt/build/bin/pip --python /opt/firetime/bin/python install --require-hashes -r requirements/image.txt
COPY pyproject.toml README.md ./
COPY feeds feeds
COPY scheduler scheduler
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /dist . \
 && /opt/build/bin/pip --python /opt/firetime/bin/python install --no-deps --no-index /dist/*.whl

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Firetime" \
      org.opencontainers.image.description="RSS to X, with each customer's own API keys read from Vault at fire time"
RUN groupadd --gid 10001 firetime \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/firetime --no-create-home --shell /usr/sbin/nologin firetime \
 && install -d -o firetime -g firetime -m 0700 /var/lib/firetime
COPY --from=build /opt/firetime /opt/firetime
ENV PATH=/opt/firetime/bin:$PATH \
    FIRETIME_CONFIG=/etc/firetime \
    FIRETIME_DATABASE_URL=sqlite:////var/lib/firetime/firetime.db
WORKDIR /var/lib/firetime
VOLUME /var/lib/firetime
USER 10001:10001
STOPSIGNAL SIGTERM
# Plain `docker run -p` reaches nothing: 127.0.0.1 is inside. Set FIRETIME_LISTEN=0.0.0.0:8420 and FIRETIME_ADMIN_TOKEN_FILE.
EXPOSE 8420
ENTRYPOINT ["firetime"]
CMD ["run"]
