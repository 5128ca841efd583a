# NetEvent in production: `docker compose up`, see compose.yaml. Catalogues and browser assets are made here, static files by the `setup` service.
FROM python:3.11-slim AS assets
WORKDIR /app
COPY requirements/uv.txt requirements/assets.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && uv pip install --system --no-cache --require-hashes -r requirements/assets.txt
COPY netevent/__init__.py netevent/assets.py netevent/
RUN python -m netevent.assets

FROM python:3.11-slim
ENV NETEVENT_NO_VENV=1 NETEVENT_ENV=production NETEVENT_DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN apt-get update \
 && apt-get install -y --no-install-recommends fonts-noto-core fonts-droid-fallback \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/uv.txt requirements/prod.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements/prod.txt \
 && pip uninstall --yes uv
COPY . .
COPY --from=assets /app/netevent/static/vendor netevent/static/vendor
RUN python -c "from netevent.bootstrap import compile_catalogues; compile_catalogues()" \
 && python -m compileall -q netevent events attendees sessions_app networking analytics \
 && useradd --system --home-dir /data netevent \
 && install -d -o netevent /data
USER netevent
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--config", "python:netevent.gunicorn", "netevent.wsgi:application"]
