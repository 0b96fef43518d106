# train2edge beside NVIDIA's DeepStream: engines are built and apps run in here, on a GPU or a Jetson.
# Multi-arch (x86-64 and arm64). This image has not been built by us yet: it needs NVIDIA's registry.
#   docker build -t train2edge .
#   docker run --rm -it --gpus all -v "$PWD:/work" train2edge stream run APP -o out
ARG DEEPSTREAM=7.1-triton-multiarch
FROM nvcr.io/nvidia/deepstream:${DEEPSTREAM}

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# DeepStream's images leave some codecs out; its own script adds them.
RUN /opt/nvidia/deepstream/deepstream/user_additional_install.sh \
    && apt-get update \
    && apt-get install -y --no-install-recommends python3-venv python3-gi python3-gst-1.0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/train2edge
COPY . .
# No torch in here: the device runs what a workstation exported.
RUN python3 -m venv --system-site-packages /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir -c scripts/constraints.txt .

ENV PATH=/opt/venv/bin:${PATH}
WORKDIR /work
ENTRYPOINT ["t2e"]
CMD ["--help"]
