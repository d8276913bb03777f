# deskpulse as an image: one process, no root, a read-only root file system. Its folder is /data.
ARG PYTHON=3.12.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/deskpulse
COPY requirements.lock ./
RUN /opt/deskpulse/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY connectors connectors
COPY exporter exporter
COPY dashboards dashboards
COPY alerts alerts
RUN /opt/deskpulse/bin/pip install --no-deps --no-build-isolation .

FROM python:${PYTHON}
ENV PATH=/opt/deskpulse/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data deskpulse \
 && install --directory --owner deskpulse --group deskpulse --mode 0700 /data
COPY --from=build /opt/deskpulse /opt/deskpulse
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/-/healthy', timeout=4)"]
ENTRYPOINT ["deskpulse"]
CMD ["run", "--listen", "0.0.0.0:9464"]
