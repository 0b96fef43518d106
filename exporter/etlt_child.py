"""The program that ``etlt`` runs in a Python that has NVIDIA's codec: encrypt or decrypt one file.

It imports nothing of this project, since it runs in another interpreter. The order comes as JSON on
stdin, the key with it, so that no key stands in a process list or in an environment.

    PYTHON etlt_child.py < {"action": ..., "source": ..., "target": ..., "skip": ..., "key": ...}
"""

import json
import sys
from pathlib import Path
from typing import Any


def main() -> int:
    order = json.load(sys.stdin)
    json.dump(answer(order), sys.stdout)
    return 0


def answer(order: dict[str, Any]) -> dict[str, str]:
    """``status``: ``done``, ``missing`` without the codec, or ``failed`` with a ``message``."""
    try:
        from eff_tao_encryption.tao_codec import decrypt_stream, encrypt_stream
    except ImportError as error:
        return {"status": "missing", "message": str(error)}
    key = order["key"].encode()
    work = encrypt_stream if order["action"] == "encrypt" else decrypt_stream
    try:
        with Path(order["source"]).open("rb") as source, Path(order["target"]).open("ab") as target:
            source.seek(order["skip"])
            work(source, target, key, encryption=True, rewind=False)
    except Exception as error:
        return {"status": "failed", "message": f"{type(error).__name__}: {error}"}
    return {"status": "done"}


if __name__ == "__main__":
    sys.exit(main())
